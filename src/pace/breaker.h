// SPDX-License-Identifier: MIT
#pragma once

#include "pace/pacer.h"

#include <cstdint>
#include <optional>

namespace dogged {

// Tells an outage: nothing but failures in a row. While it is open one probe at a time goes out, at
// growing intervals with jitter. Of the longest intervals tried against an outage of two minutes, 4
// s asks some 40 times and is back 2 s after its end on average; 30 s asks 20 times less often and
// is back after 10 s. Pure; one thread.
class Breaker {
 public:
  explicit Breaker(std::uint64_t seed) : random_(seed) {}

  bool open() const { return open_; }
  int failures() const { return failures_; }  // in a row
  // A request failed; true when that opened it. Not to be called while it is open.
  bool on_failure(double now, PaceSignal signal);
  // It was opened elsewhere.
  void open_at(double now);
  // Something was answered; true when that closed it.
  bool on_answer();

  // While open: when the next probe is due; nothing while one is in flight.
  std::optional<double> next_probe() const;
  void on_probe_start() { probing_ = true; }
  // It came back without an answer.
  void on_probe_failed(double now);

 private:
  double jittered();

  std::uint64_t random_;  // of splitmix64
  int failures_ = 0;      // in a row
  double first_failure_ = 0;
  bool open_ = false;
  double opened_at_ = 0;
  bool probing_ = false;
  double interval_ = 0;  // seconds
  double next_ = 0;
};

}  // namespace dogged
