// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <chrono>

namespace dogged {

// One instant on both clocks.
struct Moment {
  SteadyTime steady;
  WallTime wall;

  static Moment now(const Clock& clock) { return {clock.steady(), clock.wall()}; }
  // When the steady clock will read what the wall clock does at `wall_time`, if nobody sets it.
  SteadyTime steady_at(WallTime wall_time) const { return steady + (wall_time - wall); }
  WallTime wall_at(SteadyTime steady_time) const {
    return wall + std::chrono::duration_cast<Millis>(steady_time - steady);
  }
};

}  // namespace dogged
