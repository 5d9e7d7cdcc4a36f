// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

namespace dogged {

using Millis = std::chrono::milliseconds;

// Wall time, for what is stored and shown: due times, fetched_at. May step backwards.
using WallTime = std::chrono::sys_time<Millis>;

// Monotonic time, for intervals: pacing, deadlines. Never stored.
using SteadyTime = std::chrono::steady_clock::time_point;

inline std::int64_t to_ms(WallTime t) {
  return t.time_since_epoch().count();
}
inline WallTime from_ms(std::int64_t ms) {
  return WallTime(Millis(ms));
}

// The seam to the machine's clocks. Any thread may call it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace dogged
