// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/sync.h"

namespace dogged {

// A clock that stands still until the test moves it. Any thread may call it.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime wall = from_ms(1'790'000'000'000)) : wall_(wall) {}

  WallTime wall() const override {
    const MutexLock lock(mutex_);
    return wall_;
  }
  SteadyTime steady() const override {
    const MutexLock lock(mutex_);
    return steady_;
  }
  Millis slept() const override {
    const MutexLock lock(mutex_);
    return slept_;
  }

  // Both clocks go on, as time does.
  void advance(Millis by) {
    const MutexLock lock(mutex_);
    wall_ += by;
    steady_ += by;
  }
  // Somebody sets the wall clock, backwards too; the steady one does not notice.
  void set_wall(WallTime wall) {
    const MutexLock lock(mutex_);
    wall_ = wall;
  }
  // The machine sleeps: the steady clock stands still.
  void sleep(Millis for_so_long) {
    const MutexLock lock(mutex_);
    wall_ += for_so_long;
    slept_ += for_so_long;
  }
  void set_steady(SteadyTime steady) {
    const MutexLock lock(mutex_);
    steady_ = steady;
  }

 private:
  mutable Mutex mutex_;
  WallTime wall_ GUARDED_BY(mutex_);
  SteadyTime steady_ GUARDED_BY(mutex_){std::chrono::hours(1)};
  Millis slept_ GUARDED_BY(mutex_){0};
};

}  // namespace dogged
