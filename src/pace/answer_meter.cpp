// SPDX-License-Identifier: MIT
#include "pace/answer_meter.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace dogged {
namespace {

using std::chrono::duration;

constexpr double kLeastWindow = 0.25;      // seconds
constexpr std::size_t kTellingCount = 20;  // endings
constexpr double kHeavyShare = 0.2;

double seconds_of(SteadyTime::duration span) {
  return duration<double>(span).count();
}

std::int64_t second_of(SteadyTime t) {
  return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

}  // namespace

void AnswerMeter::count(SteadyTime now) {
  if (!first_) {
    first_ = now;
  }
  const std::int64_t second = second_of(now);
  const auto slot = static_cast<std::size_t>(second % (kSeconds + 1));
  if (seconds_[slot] != second) {
    seconds_[slot] = second;
    counts_[slot] = 0;
  }
  ++counts_[slot];
}

double AnswerMeter::per_second(SteadyTime now) const {
  if (!first_) {
    return 0;
  }
  const std::int64_t second = second_of(now);
  std::int64_t sum = 0;
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    if (seconds_[slot] > second - (kSeconds + 1) && seconds_[slot] <= second) {
      sum += counts_[slot];
    }
  }
  // The present second is not over: only its part counts.
  const double of_this_second = seconds_of(now.time_since_epoch()) - static_cast<double>(second);
  const double window = std::min(static_cast<double>(kSeconds) + of_this_second,
                                 std::max(seconds_of(now - *first_), 0.2));
  return static_cast<double>(sum) / window;
}

void LastSecond::add(double now, bool answered) {
  endings_.push_back({now, answered});
  answered_ += answered ? 1 : 0;
  forget(now);
}

double LastSecond::answered_per_second(double now) {
  forget(now);
  return answered_ / std::min(1.0, std::max(kLeastWindow, now - start_));
}

bool LastSecond::heavily_refused(double now) {
  forget(now);
  const std::size_t all = endings_.size();
  const auto bad = static_cast<double>(all) - answered_;
  return all >= kTellingCount && bad > kHeavyShare * static_cast<double>(all);
}

void LastSecond::forget(double now) {
  while (!endings_.empty() && endings_.front().at < now - 1) {
    answered_ -= endings_.front().answered ? 1 : 0;
    endings_.pop_front();
  }
}

}  // namespace dogged
