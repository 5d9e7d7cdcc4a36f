// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace dogged {

// One instant on both clocks.
struct Moment {
  SteadyTime steady;
  WallTime wall;

  static Moment now(const Clock& clock) { return {clock.steady(), clock.wall()}; }
  // When the steady clock will read what the wall clock does at `wall_time`, if nobody sets it.
  // At most a hundred years away: a clock that is far off must not overflow the other.
  SteadyTime steady_at(WallTime wall_time) const {
    constexpr Millis kFar = std::chrono::hours(24 * 365 * 100);
    return steady + std::clamp<Millis>(wall_time - wall, -kFar, kFar);
  }
  WallTime wall_at(SteadyTime steady_time) const {
    return wall + std::chrono::duration_cast<Millis>(steady_time - steady);
  }
};

}  // namespace dogged
