// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>

namespace dogged {

// How many requests this machine has descriptors, threads and memory for, found by running out of
// them: neither the server's doing nor the jobs', so that it is no business of the pacer. Where one
// could not be made, no more than the others in flight are made from then on; where there were no
// others, the next is tried a second later. It may have been another program's hunger: after a
// minute without such a failure twice as many may be tried. One thread.
class ShortageLimit {
 public:
  // A request could not be made while `others` were in flight.
  void on_shortage(int others, SteadyTime now);
  // One was made.
  void on_made() { vain_ = 0; }
  // True where more may be tried than before.
  bool eases(SteadyTime now);

  // At most `wanted`, 1 or more.
  int bounded(int wanted) const;
  // Nothing is to be tried before.
  std::optional<SteadyTime> hold_until() const { return hold_until_; }
  // Again and again not even one could be made.
  bool is_hopeless() const { return vain_ >= kMostVain; }

 private:
  static constexpr int kMostVain = 10;

  std::optional<int> most_;
  std::optional<SteadyTime> hold_until_;
  SteadyTime ease_at_{};  // meaningless without most_
  int vain_ = 0;          // failures in a row with nothing else in flight
};

}  // namespace dogged
