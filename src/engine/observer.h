// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "pace/pacer.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace dogged {

// Where a run stands, about once a second.
struct Progress {
  Millis elapsed{0};
  std::int64_t done = 0, not_found = 0, failed = 0;  // in the store, all runs
  std::int64_t ready = 0;                            // not settled and not in flight here
  int in_flight = 0;
  std::int64_t requests = 0, refusals = 0, retries = 0;  // of this run
  std::int64_t answered = 0;                             // of this run
  double answers_per_second = 0;                         // of late
  double concurrency_limit = 0;
  std::optional<double> start_rate;  // per second, where starts are paced
  PaceBound bound = PaceBound::none;
  std::optional<WallTime> server_wait_until;
  std::optional<WallTime> no_answer_since;  // an outage: one job is tried now and then
  std::optional<WallTime> next_due;         // nothing is due before
  std::optional<Millis> time_left;          // at the present rate
};

// Told what a run does. Called by the run's thread; must be quick and must not throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_progress(const Progress& progress) = 0;
  virtual void on_notice(std::string_view message) = 0;  // something people should know once
};

}  // namespace dogged
