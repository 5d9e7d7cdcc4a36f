// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <chrono>
#include <optional>

namespace dogged {

// How many requests this machine has descriptors, threads and memory for, found by running out of
// them: neither the server's doing nor the jobs', so that it is no business of the pacer. Where one
// could not be made, no more than the others in flight are made from then on. It may have been
// another program's hunger, so that more are tried again: twice as many after each minute without a
// failure; by a tenth from where it failed before, and after each step that failed at twice the
// time, up to half an hour, so that a limit that stays costs few vain tries.
// Where there were no others in flight, the next is tried after 1, 2, 4 ... 60 s, for minutes:
// other programs end or are ended. A run that has made no request yet would never: it tries every
// second, and soon gives up. One thread.
class ShortageLimit {
 public:
  // A request could not be made while `others` were in flight.
  void on_shortage(int others, SteadyTime now);
  // One was made.
  void on_made();
  // One was made, and there was no memory for its answer.
  void on_lost_answer(int others, SteadyTime now) { fall(others, now); }
  // True where more may be tried than before. Ends a hold.
  bool eases(SteadyTime now);

  // At most `wanted`, 1 or more.
  int bounded(int wanted) const;
  // Nothing is to be tried before.
  std::optional<SteadyTime> hold_until() const { return hold_until_; }
  // Since when not even one could be made.
  std::optional<SteadyTime> none_since() const { return none_since_; }
  // So for more than a moment.
  bool is_stuck() const { return vain_ >= 3; }
  // Not even one could be made, again and again; where some could before, for minutes.
  bool is_hopeless(SteadyTime now) const;

 private:
  void fall(int others, SteadyTime now);
  int more() const;

  std::optional<int> most_;
  std::optional<int> failed_at_;  // so many in flight were too many, and it has not been disproved
  bool grown_ = false;            // since it failed last
  std::chrono::seconds pause_{60};  // from a failure, or a step, to the next step
  SteadyTime ease_at_{};            // meaningless without most_

  bool made_one_ = false;  // ever
  int vain_ = 0;           // failures in a row with nothing else in flight
  std::optional<SteadyTime> none_since_;
  std::optional<SteadyTime> hold_until_;
};

}  // namespace dogged
