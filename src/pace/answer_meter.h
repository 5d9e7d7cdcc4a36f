// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

namespace dogged {

// Answers per second over the last few whole seconds, for people. Pure; one thread.
class AnswerMeter {
 public:
  void count(SteadyTime now);
  double per_second(SteadyTime now) const;

 private:
  static constexpr std::int64_t kSeconds = 5;
  std::array<std::int64_t, kSeconds + 1> counts_{};   // by second, modulo the size
  std::array<std::int64_t, kSeconds + 1> seconds_{};  // which second each count is of
  std::optional<SteadyTime> first_;
};

// How the requests of the last second ended, for the controllers. Times are seconds, pauses
// included: after one a server has saved up permits, and a burst of them is no rate. Pure; one
// thread.
class LastSecond {
 public:
  void add(double now, bool answered);
  // Measures from here on, as after an outage.
  void restart(double now) { start_ = now; }
  double answered_per_second(double now);
  int count() const { return static_cast<int>(endings_.size()); }  // as of the last call
  // Whether so much is refused that the answers, not the limits, tell what the server allows.
  bool heavily_refused(double now);

 private:
  struct Ending {
    double at;
    bool answered;
  };
  void forget(double now);

  std::deque<Ending> endings_;
  int answered_ = 0;
  double start_ = 0;
};

}  // namespace dogged
