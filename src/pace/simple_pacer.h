// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"
#include "pace/pacer.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>

namespace dogged {

struct PaceCaps {
  int max_concurrency = 64;
  std::optional<Rate> rate;  // hard: never one start more than `count` in any span of `per`
};

// Additive growth, halving on refusal: the limit begins at 4, a refusal halves it and each second
// without one in which the limit was what held starts back gives one more, up to max_concurrency.
// Refusals of requests that started before the last halving are the same event and halve nothing. A
// refused request keeps its place for one smoothed round trip, because refusals come back in a
// millisecond and would turn the window into a storm. Retry-After holds all requests; after it the
// first ones are spread over a round trip.
//
// The rate cap is a strict spacing of starts, not a count per window, so that no window holds more
// than it may however it is laid. Spans are taken a little longer than asked (kSlack), because a
// request leaves some scheduling delay after its start was granted. Above 500/s one start may be
// caught up, because a thread cannot wake that exactly.
class SimplePacer final : public Pacer {
 public:
  explicit SimplePacer(const PaceCaps& caps);

  StartDecision next_start(SteadyTime now) override;
  StartId on_start(SteadyTime now) override;
  void on_end(StartId start, PaceSignal signal, const ServerHint& hint, SteadyTime now) override;
  void hold_until(SteadyTime until) override;
  PaceView view(SteadyTime now) const override;

 private:
  using Span = SteadyTime::duration;

  // Answers per second over the last few whole seconds.
  class Meter {
   public:
    void count(SteadyTime now);
    double per_second(SteadyTime now) const;

   private:
    static constexpr std::int64_t kSeconds = 5;
    std::array<std::int64_t, kSeconds + 1> counts_{};   // by second, modulo the size
    std::array<std::int64_t, kSeconds + 1> seconds_{};  // which second each count is of
    std::optional<SteadyTime> first_;
  };

  void advance(SteadyTime now);
  void on_refusal(StartId start, SteadyTime now);
  Span round_trip() const;
  StartDecision hold(SteadyTime at, PaceBound bound);

  const int max_concurrency_;
  Span spacing_{0};   // between starts under the rate cap; 0: no cap; constant after construction
  Span catch_up_{0};  // how much earlier than spaced a start may be; constant after construction

  double limit_;
  StartId next_id_ = 1;
  StartId cut_at_ = 0;  // starts before this one belong to the last halving
  std::unordered_map<StartId, SteadyTime> in_flight_;
  std::multiset<SteadyTime> kept_places_;  // of refused requests, until then
  std::optional<SteadyTime> grow_at_;
  bool pressed_ = false;  // the limit held a start back since the last growth
  std::optional<Span> smoothed_round_trip_;

  std::optional<SteadyTime> rate_slot_;  // when the next start is due under the rate cap
  std::optional<SteadyTime> wait_until_;
  int spread_left_ = 0;  // starts still to be spread after a wait
  SteadyTime spread_slot_{};
  Meter answers_;
  PaceBound bound_ = PaceBound::none;
};

}  // namespace dogged
