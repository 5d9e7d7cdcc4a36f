// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

#include <optional>

namespace dogged {

// The user's hard cap: never one start more than `count` in any span of `per`. A strict spacing of
// starts, not a count per window, so that no window holds more than it may however it is laid.
// Spans are taken a little longer than asked, because a request leaves some scheduling delay after
// its start was granted. Above 500/s one start may be caught up, because a thread cannot wake that
// exactly. Pure; one thread.
class RateCap {
 public:
  explicit RateCap(const std::optional<Rate>& rate);

  // When the next start is due; nothing where it may be at once.
  std::optional<SteadyTime> next(SteadyTime now) const;
  void on_start(SteadyTime now);

 private:
  SteadyTime::duration spacing_{0};   // 0: no cap; constant after construction
  SteadyTime::duration catch_up_{0};  // how much earlier than spaced; constant after construction
  std::optional<SteadyTime> slot_;
};

}  // namespace dogged
