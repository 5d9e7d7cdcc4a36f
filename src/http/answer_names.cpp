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
// Where so many named nothing, one of so many is searched: the API may begin to.
constexpr std::int64_t kSearched = 500;
constexpr std::int64_t kSample = 64;

std::size_t hash(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

}  // namespace

AnswerNames::Naming AnswerNames::naming(std::string_view subject, const HttpResponse& answer) {
  if (subject.size() < kShortestSubject || answer.status != 200 || answer.body.empty() ||
      answer.body.size() > kLongestBody) {
    return Naming::unknown;
  }
  if (named_.load(std::memory_order_relaxed) == 0) {
    const std::int64_t searched = searched_.fetch_add(1, std::memory_order_relaxed);
    if (searched >= kSearched && searched % kSample != 0) {
      return Naming::unknown;
    }
  }
  if (answer.body.find(subject) == std::string::npos) {
    return Naming::no;
  }
  named_.fetch_add(1, std::memory_order_relaxed);
  return Naming::yes;
}

void AnswerNames::learn(std::string_view subject, const HttpResponse& answer) {
  const Naming named = naming(subject, answer);
  const MutexLock lock(mutex_);
  if (const auto open = open_.find(hash(subject)); open != open_.end()) {
    open_.erase(open);
    in_vain_ += named == Naming::no ? 1 : 0;
  }
  if (named == Naming::no) {
    remember(answer);
  }
}

bool AnswerNames::is_odd(std::string_view subject, const HttpResponse& answer) {
  if (naming(subject, answer) != Naming::no) {
    return false;
  }
  const std::int64_t named = named_.load(std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  return named > static_cast<std::int64_t>(unnamed_.size()) &&
         in_vain_ < kInVain + named / kAnswersForOne && unnamed_.count(hash(answer.body)) == 0;
}

void AnswerNames::looked_in_vain(const HttpResponse& answer) {
  const MutexLock lock(mutex_);
  ++in_vain_;
  remember(answer);
}

void AnswerNames::left_open(std::string_view subject) {
  const MutexLock lock(mutex_);
  if (open_.size() < kMostRemembered) {
    open_.insert(hash(subject));
  } else {
    ++in_vain_;
  }
}

void AnswerNames::remember(const HttpResponse& answer) {
  if (unnamed_.size() < kMostRemembered) {
    unnamed_.insert(hash(answer.body));
  }
}

}  // namespace dogged
