// SPDX-License-Identifier: MIT
#pragma once

#include "pace/announced_pace.h"
#include "pace/answer_meter.h"
#include "pace/breaker.h"
#include "pace/concurrency_limit.h"
#include "pace/futility.h"
#include "pace/pacer.h"
#include "pace/start_rate.h"
#include "pace/window_watch.h"

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>

namespace dogged {

struct PaceCaps {
  int max_concurrency = 64;
  double leave = 0;  // 0..1: so much of what the server announces or was found to take is left free
};

// Finds what the server allows without being told, stays just under it and follows it. The gates,
// in order: the breaker (an outage), the server's wait, the concurrency limit, the start rate. The
// user's rate and quota are not its business: their starts are shared by all workers of a store
// (store/fleet.h). Both limits are needed, because servers refuse for both reasons and do not say
// which; only the one that let a request through is changed by its outcome. One congestion event is
// one slow-down: refusals of requests that started before the last one tell nothing new. A refused
// request keeps its place for a round trip, because refusals come back in a millisecond and would
// turn the limit into a storm. What the server announces bounds the start rate at once, unsearched.
// Where a share is to be left to others, the whole limit is looked for until it is found well: a
// refusal that came of looking up, not the first one, of the first burst (or what an earlier run
// learned). With it begins a rest of ten minutes: starts keep to the rest of what was found, and
// nothing is probed. Then it is looked for again. `seed` is of the probes' jitter.
class AdaptivePacer final : public Pacer {
 public:
  AdaptivePacer(const PaceCaps& caps, std::uint64_t seed);

  StartDecision next_start(SteadyTime now) override;
  StartId on_start(SteadyTime now) override;
  void on_end(StartId start, PaceSignal signal, const ServerHint& hint, SteadyTime now) override;
  void hold_until(SteadyTime until) override;
  std::optional<SteadyTime> outage_since() const override { return outage_since_; }
  void join_outage(SteadyTime now) override;
  void leave_outage(SteadyTime now) override;
  void limit_concurrency(int most) override;
  void start_near(const LearnedPace& pace, SteadyTime now) override;
  std::optional<LearnedPace> learned() const override;
  PaceView view(SteadyTime now) const override;

 private:
  struct Start {
    SteadyTime at;
    int taken;       // places, its own included
    int unanswered;  // other requests in flight
    bool full;       // growth may count its answer
    bool by_rate;    // it had waited for the start rate
    bool probe;
  };

  void advance(SteadyTime now);
  void end_idling(SteadyTime now);
  bool ends_search(const Start& start, bool counted, double answered, SteadyTime now);
  bool nothing_is_refused(SteadyTime now) const;
  void begin_rest(SteadyTime now);
  void end_rest(SteadyTime now);
  bool resting() const { return rest_until_.has_value(); }
  double our_limit() const;  // requests that we may have in flight
  // Starts per second that spacing_ keeps to: announced, or found before a rest; our share of it.
  std::optional<double> most_per_second() const;
  std::optional<StartDecision> limit_gate(SteadyTime now);
  std::optional<StartDecision> time_gates(SteadyTime now);
  std::optional<StartDecision> room_gate(SteadyTime now);
  StartDecision probe_gate(SteadyTime now);
  StartDecision hold(SteadyTime at, PaceBound bound);

  void heed_announcement(const ServerHint& hint, SteadyTime now);
  void on_answer(const Start& start, SteadyTime now);
  void on_failure(const Start& start, PaceSignal signal, const ServerHint& hint, SteadyTime now);
  void on_refusal(const Start& start, const ServerHint& hint, SteadyTime now);
  void slow_down(const Start& start, const ServerHint& hint, SteadyTime now);
  void watch_futility(PaceSignal signal, const ServerHint& hint, SteadyTime now);
  void open_outage(SteadyTime now);
  void close_outage(SteadyTime now);

  double round_trip() const;
  // Seconds since the first call, and those of them in which requests could start.
  double seconds(SteadyTime now) const;
  double active(SteadyTime now) const { return seconds(now) - inactive_; }
  double busy(SteadyTime now) const { return seconds(now) - idle_; }
  SteadyTime at_seconds(double seconds) const;

  const double share_;  // of the server's limit that is ours; constant after construction
  std::optional<double> rest_until_;    // seconds
  std::optional<double> search_began_;  // with its first refusal
  double refused_at_ = 0;               // the last time, active seconds
  ConcurrencyLimit limit_;
  StartRate rate_;
  StartRate rate_before_;  // as it was before the failures of late: an outage teaches no rate
  AnnouncedPace announced_;
  StartSpacing spacing_;  // under most_per_second()
  Breaker breaker_;
  WindowWatch windows_;
  Futility futility_;
  LastSecond last_second_;
  AnswerMeter answers_;

  std::optional<SteadyTime> began_;
  double idle_ = 0;                       // seconds without a job to start
  double inactive_ = 0;                   // seconds of waits and of idling
  std::optional<SteadyTime> idle_since_;  // a start was granted then and not made yet
  StartId next_id_ = 1;
  std::unordered_map<StartId, Start> in_flight_;
  std::multiset<SteadyTime> kept_places_;  // of refused requests, until then
  std::optional<SteadyTime> cut_at_;       // of the last slow-down
  double smoothed_round_trip_ = 0;         // seconds; 0: not known
  bool by_rate_ = false;                   // the start rate held the next start back
  double last_retry_after_ = 0;            // seconds
  std::optional<SteadyTime> wait_began_;
  std::optional<SteadyTime> wait_until_;
  int spread_left_ = 0;  // starts still to be spread after a wait
  SteadyTime spread_slot_{};
  std::optional<SteadyTime> outage_since_;
  double limit_before_outage_ = 0;
  bool answered_ = false;
  PaceBound bound_ = PaceBound::none;
};

}  // namespace dogged
