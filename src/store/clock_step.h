// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "pace/retry_after.h"

#include <algorithm>
#include <chrono>

namespace dogged {

// What a process sees of its clock: the time, and by how much somebody has set it since the process
// looked last; 0: nobody did. A machine that slept has set nothing.
struct ClockSight {
  WallTime now{};
  Millis stepped{0};
};

// Less is a clock that is being set right.
inline constexpr Millis kClockStep{10'000};

// By how much the wall clock was set while it went on by `wall`, the steady clock by `steady`, and
// the machine slept for `slept`.
inline Millis step_of(Millis wall, Millis steady, Millis slept) {
  const Millis step = wall - steady - slept;
  return std::chrono::abs(step) > kClockStep ? step : Millis(0);
}

// Several workers see one step, and one of them has it heeded: from then on all were heard of by
// the new clock. True while `seen`, when the worker that tells of it was last heard of, is by the
// old one.
inline bool is_unheeded(const ClockSight& sight, WallTime seen) {
  using std::chrono::abs;
  return sight.stepped != Millis(0) &&
         abs(seen - (sight.now - sight.stepped)) < abs(seen - sight.now);
}

// Which times move with the clock when it is set, and where to: those that lay ahead. What is
// further ahead than anybody waits was not written by the clock that was set, but by one that was
// right before: that stays when the clock comes back to it.
struct ClockMove {
  explicit ClockMove(const ClockSight& sight)
      : now(sight.now),
        by(sight.stepped),
        after(std::min(sight.now, sight.now - sight.stepped)),
        until(by > Millis(0) ? after + kLongestWait : WallTime::max()) {}

  WallTime moved(WallTime t) const { return after < t && t <= until ? std::max(t + by, now) : t; }
  // An outage began by the old clock; by the new one it must not begin in the future.
  WallTime moved_past(WallTime t) const {
    return by > Millis(0) ? (t <= after ? t + by : t) : (t > now ? t + by : t);
  }

  WallTime now;
  Millis by;
  WallTime after, until;
};

}  // namespace dogged
