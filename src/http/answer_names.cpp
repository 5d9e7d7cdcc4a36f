// SPDX-License-Identifier: MIT
#include "http/answer_names.h"

#include <functional>

namespace dogged {

namespace {

constexpr std::size_t kShortestSubject = 4;
constexpr std::size_t kLongestBody = 256 << 10;
constexpr std::size_t kMostRemembered = 1'000;
// How many may be looked at in vain: so many, and one more for so many answers.
constexpr std::int64_t kInVain = 8;
constexpr std::int64_t kAnswersForOne = 1'000;

bool names(std::string_view subject, const HttpResponse& answer) {
  return answer.body.find(subject) != std::string::npos;
}

}  // namespace

bool AnswerNames::tells(std::string_view subject, const HttpResponse& answer) {
  return subject.size() >= kShortestSubject && answer.status == 200 && !answer.body.empty() &&
         answer.body.size() <= kLongestBody;
}

void AnswerNames::learn(std::string_view subject, const HttpResponse& answer) {
  if (!tells(subject, answer)) {
    return;
  }
  if (names(subject, answer)) {
    named_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const MutexLock lock(mutex_);
  if (unnamed_.size() < kMostRemembered &&
      unnamed_.insert(std::hash<std::string_view>{}(answer.body)).second) {
    ++unnamed_count_;
  }
}

bool AnswerNames::is_odd(std::string_view subject, const HttpResponse& answer) {
  if (!tells(subject, answer)) {
    return false;
  }
  if (names(subject, answer)) {
    named_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const std::int64_t named = named_.load(std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  if (named <= unnamed_count_ || looked_at_ >= kInVain + named / kAnswersForOne ||
      unnamed_.count(std::hash<std::string_view>{}(answer.body)) > 0) {
    return false;
  }
  ++looked_at_;
  return true;
}

}  // namespace dogged
