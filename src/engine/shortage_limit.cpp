// SPDX-License-Identifier: MIT
#include "engine/shortage_limit.h"

#include <algorithm>

namespace dogged {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMostVain = 10;
constexpr minutes kHopelessAfter{5};
constexpr seconds kShortestHold{1};
constexpr seconds kLongestHold{60};
constexpr int kMostDoublings = 6;  // of the hold: 64 s
constexpr seconds kShortestPause{60};
constexpr seconds kLongestPause{minutes(30)};
constexpr int kManyAtOnce = 1'000'000;  // nobody wants more

}  // namespace

void ShortageLimit::on_shortage(int others, SteadyTime now) {
  fall(others, now);
  if (others > 0) {
    return;
  }
  none_since_ = none_since_.value_or(now);
  const int doublings = made_one_ ? std::min(vain_, kMostDoublings) : 0;
  hold_until_ = now + std::min(kShortestHold * (1 << doublings), kLongestHold);
  ++vain_;
}

void ShortageLimit::on_made() {
  made_one_ = true;
  vain_ = 0;
  none_since_.reset();
}

// Those that fail together are one failure: the first of them tells how many were too many.
void ShortageLimit::fall(int others, SteadyTime now) {
  if (grown_ || !most_) {
    failed_at_ = others + 1;
    pause_ = grown_ ? std::min(2 * pause_, kLongestPause) : kShortestPause;
    grown_ = false;
  }
  most_ = std::max(1, std::min(others, most_.value_or(others)));
  ease_at_ = now + pause_;
}

bool ShortageLimit::eases(SteadyTime now) {
  if (hold_until_ && now >= *hold_until_) {
    hold_until_.reset();
  }
  if (!most_ || now < ease_at_) {
    return false;
  }
  if (grown_) {  // and that did not fail
    pause_ = std::max(pause_ / 2, kShortestPause);
  }
  if (failed_at_ && *most_ >= *failed_at_) {
    failed_at_.reset();
  }
  most_ = more();
  grown_ = true;
  ease_at_ = now + pause_;
  if (*most_ >= kManyAtOnce) {
    most_.reset();
    grown_ = false;
  }
  return true;
}

int ShortageLimit::more() const {
  if (!failed_at_ || *most_ * 2 < *failed_at_) {
    return *most_ * 2;
  }
  return *most_ + std::max(1, *most_ / 10);
}

int ShortageLimit::bounded(int wanted) const {
  return std::max(1, std::min(wanted, most_.value_or(wanted)));
}

bool ShortageLimit::is_hopeless(SteadyTime now) const {
  return vain_ >= kMostVain && (!made_one_ || now - *none_since_ >= kHopelessAfter);
}

}  // namespace dogged
