// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "engine/moment.h"
#include "store/fleet.h"

#include <deque>
#include <optional>

namespace dogged {

// The starts that the store granted to this worker under the user's rate and quota, and that it has
// not made yet. One that its time has passed by is never made up for: it goes back, because a
// worker that fires late ones would break the cap for all. Pure; one thread at a time.
class StartAllowance {
 public:
  // `at`: the time that was given to the exchange.
  void add(const StartGrant& grant, Moment at);
  // When the next one may happen, maybe in the past; nothing where none is left.
  std::optional<SteadyTime> next(Moment now);
  // One is made now. Precondition: next() gave something.
  void take();
  // Those that are left, as of the last call of next().
  int left() const { return left_; }
  // The time of the last one that is left; nothing where none is.
  std::optional<SteadyTime> last() const;
  void hand_back_all();
  int returned() const { return returned_; }
  // How many were not used since the last call.
  int take_returned();

 private:
  struct Row {
    SteadyTime next;
    SteadyTime::duration spacing;
    std::optional<SteadyTime::duration> late;  // absent: any time will do
    std::optional<WallTime> valid_from;
    std::optional<WallTime> expires;
    int left;
  };
  void drop_front();

  std::deque<Row> rows_;
  int left_ = 0;
  int returned_ = 0;
};

}  // namespace dogged
