// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "store/clock_step.h"
#include "store/job_store.h"

#include <chrono>

namespace dogged {

// Sees when somebody sets the wall clock: then it goes on by more, or less, than the steady clock
// and the machine's sleep account for. The clock must outlive it. One thread at a time.
class ClockWatch {
 public:
  explicit ClockWatch(const Clock& clock) : clock_(clock), heeded_(read()), seen_(heeded_) {}

  // Tells of a step again and again, until it is heeded.
  ClockSight look() {
    seen_ = read();
    const auto steady = std::chrono::duration_cast<Millis>(seen_.steady - heeded_.steady);
    return {seen_.wall, step_of(seen_.wall - heeded_.wall, steady, seen_.slept - heeded_.slept)};
  }
  // What the last look told of.
  void heed() { heeded_ = seen_; }
  // Tells of each step once.
  Millis take_step() {
    const Millis step = look().stepped;
    heed();
    return step;
  }

 private:
  struct Reading {
    WallTime wall;
    SteadyTime steady;
    Millis slept;
  };

  // A process that was stopped, or a machine that slept, between two clocks would see a step.
  Reading read() const {
    for (;;) {
      const Reading reading{clock_.wall(), clock_.steady(), clock_.slept()};
      const bool is_one_moment = clock_.steady() - reading.steady < Millis(1'000) &&
                                 clock_.slept() - reading.slept < Millis(1'000);
      if (is_one_moment) {
        return reading;
      }
    }
  }

  const Clock& clock_;
  Reading heeded_;
  Reading seen_;
};

// A worker's heartbeats: with them the store hears of the time, and of the steps that this process
// saw, until it has heeded them. The store and the clock must outlive it. One thread at a time.
class Heartbeat {
 public:
  Heartbeat(JobStore& store, const Clock& clock) : store_(store), watch_(clock) {}

  // What was before is no affair of this worker.
  void begin() { (void)watch_.take_step(); }
  void beat(const WorkerId& worker) {
    store_.heartbeat(worker, [this] { return watch_.look(); });
    watch_.heed();
  }
  // To be called before more is stored by the new time: what is there has to move first.
  void beat_if_stepped(const WorkerId& worker) {
    if (watch_.look().stepped != Millis(0)) {
      beat(worker);
    }
  }

 private:
  JobStore& store_;
  ClockWatch watch_;
};

}  // namespace dogged
