// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

namespace dogged {

// A thing that is to be done again and again.
class Every {
 public:
  explicit Every(Millis period) : period_(period) {}
  // True at most once a period.
  bool due(SteadyTime now) {
    if (now < at_) {
      return false;
    }
    at_ = now + period_;
    return true;
  }
  SteadyTime at() const { return at_; }
  void make_due() { at_ = {}; }
  void start(SteadyTime now) { at_ = now + period_; }

 private:
  const Millis period_;
  SteadyTime at_{};
};

}  // namespace dogged
