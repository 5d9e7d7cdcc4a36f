// SPDX-License-Identifier: MIT
#pragma once

#include "pace/pacer.h"

#include <optional>

namespace dogged {

// What the server announces of its limits, as a bound from above: of the start rate, and of how
// many requests are under way while little remains of a quota, so that its end is met without a
// refusal. It binds from the first answer that tells it, follows each one that tells otherwise, and
// is gone where twenty answers in a row tell nothing (some answers come from a cache that knows no
// limits). It raises nothing: where more is announced than is allowed, refusals teach as they do
// without it. Times are seconds. Pure; one thread.
class AnnouncedPace {
 public:
  // After an answer or a refusal. `in_flight`: requests still under way, which the server may not
  // have counted yet.
  void on_end(const ServerHint& hint, int in_flight, double now);

  // Starts per second, a hundredth under what was announced: windows are not laid as ours are.
  std::optional<double> rate() const;
  // Whether another request fits into what remains. One always does where none is in flight: where
  // nothing remains, the server's wait is what holds it.
  bool has_room(int in_flight, double now) const;
  double room_until() const { return room_until_; }  // when has_room is void
  void on_start() { room_ -= 1; }

 private:
  std::optional<double> rate_;
  double room_ = 0;        // requests that may start before another answer tells more
  double room_until_ = 0;  // the reset; 0: nothing is told of what remains
  int silent_ = 0;         // answers in a row that told nothing
};

// Spaces starts out under a rate that may change any time. Starts missed for up to 20 ms are caught
// up: a thread wakes late, the machine is busy. Times are seconds. Pure; one thread.
class StartSpacing {
 public:
  // When the next start is due under that rate; before the present: at once.
  double next(double rate) const { return last_ ? *last_ + 1 / rate : 0; }
  void on_start(double rate, double now);
  // So many have just started, before the rate was known.
  void begin(double rate, int started, double now) { last_ = now + (started - 1) / rate; }

 private:
  std::optional<double> last_;  // when the last start was due
};

}  // namespace dogged
