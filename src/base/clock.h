// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

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
  // How long the machine has slept since it started: what the steady clock missed of the time that
  // went by. Only ever grows, whoever sets the wall clock.
  virtual Millis slept() const = 0;
};

class SystemClock final : public Clock {
 public:
  // Not by std::chrono, whose nanoseconds end in the year 2262.
  WallTime wall() const override { return from_ms(read_ms(CLOCK_REALTIME)); }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  Millis slept() const override {
#ifdef CLOCK_BOOTTIME
    return Millis(read_ms(CLOCK_BOOTTIME) - read_ms(CLOCK_MONOTONIC));
#else
    return Millis(0);  // the steady clock may run on in its sleep, and nobody says so
#endif
  }

 private:
  static std::int64_t read_ms(clockid_t clock) {
    timespec t{};
    (void)clock_gettime(clock, &t);  // cannot fail for a clock that there is
    return static_cast<std::int64_t>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000;
  }
};

}  // namespace dogged
