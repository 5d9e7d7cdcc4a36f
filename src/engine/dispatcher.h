// SPDX-License-Identifier: MIT
#pragma once

#include "engine/attempt.h"
#include "engine/fleet_link.h"
#include "engine/lease_buffer.h"
#include "engine/moment.h"
#include "engine/observer.h"
#include "engine/outage_hold.h"
#include "engine/refusal_record.h"
#include "engine/run.h"
#include "engine/shortage_limit.h"
#include "engine/systemic_guard.h"
#include "engine/tally.h"
#include "pace/pacer.h"
#include "store/job_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace dogged {

// One call of JobStore::exchange to be made.
struct Commit {
  std::vector<Settlement> settlements;
  LeaseRequest request;
  Moment at{};  // the time to be given to the exchange; set it anew just before
};

// What is to be done now, and when to ask again if nothing ends before.
struct Step {
  std::vector<FetchOrder> start;
  std::optional<Commit> commit;  // then on_exchanged
  bool wait_is_over = false;     // the server's wait is to be taken out of the store
  std::vector<std::string> notices;
  bool abort = false;  // interrupt what is in flight
  bool over = false;
  SteadyTime wake_at{};
};

// The run as a state machine: takes ended attempts and what the store gave, asks the pacer, and
// says what to start, what to commit and when to wake. No threads, no clock, no I/O: times come in,
// so that a whole run can be simulated in virtual time. Loop:
//   step(); start what it says; if it says commit: begin the exchange, and on_exchanged when it is
//   through (steps meanwhile ask for no other); wait for either or endings until wake_at, on_ended
//   each.
// One thread at a time (engine/desk.h). Options and pacer must outlive it.
class Dispatcher {
 public:
  Dispatcher(const RunOptions& options, Pacer& pacer, Moment now);

  // What an earlier run learned; before the first step. All the workers of the store share it.
  void start_near(const LearnedPace& pace) { start_near_ = pace; }
  // What has been learned of the server, for all workers together; nothing before the first answer.
  std::optional<LearnedPace> learned() const;

  Step step(Moment now);
  void on_ended(EndedAttempt&& ended, Moment now);
  void on_exchanged(const Commit& commit, Exchange&& exchange, Moment now);
  // Jobs of dead workers are ready again.
  void on_recovered(Moment now) { leases_.ask_soon(now.steady); }
  // Somebody set the wall clock: what is left of the server's wait is what was left before.
  void on_clock_step(Millis by) {
    if (source_wait_) {
      *source_wait_ += by;
    }
  }

  // Claims no more; what is in flight has `grace`. Told again: the weightier reason counts.
  void end(RunEnd why, std::string reason, Moment now);
  // The grace is over.
  void abort() { aborting_ = true; }
  // The store does not serve: no more commits are asked for. Their settlements stay to be taken.
  void on_store_lost(std::string reason, Moment now);
  std::vector<Settlement> take_unsettled();
  // These were settled here and never stored.
  void on_not_stored(const std::vector<Settlement>& settlements);

  bool ending() const { return ending_.has_value(); }
  int in_flight() const { return in_flight_; }
  // Whether at the last step no more was started although the pace would have let it: the store had
  // to be waited for, or there are no jobs at hand.
  bool waits_for_store() const { return decision_.kind == StartDecision::Kind::now; }
  bool knows_store() const { return outlook_.has_value(); }  // there is something to tell
  // Whether there is nothing to do until another worker is through, or dead.
  bool only_others_work() const;
  Progress progress(Moment now) const;
  RunReport report(Moment now) const;

 private:
  static constexpr Millis kLongWait{60'000};    // a longer Retry-After is a quota
  static constexpr Millis kParkedAfter{2'000};  // jobs are parked for a wait and a bit

  struct Ending {
    RunEnd why;
    std::string reason;
    SteadyTime grace_over;
  };
  void check_limits(Moment now);
  void start_some(Step& step, Moment now);
  StartDecision ask_pacer(Moment now);
  Settlement settle(EndedAttempt& ended, Moment now);
  std::optional<WallTime> lease_parked_until(Moment now) const;
  void give_back_what_must_lie(Moment now);
  void begin(Step& step, WaitingJob&& next, Moment now);
  int starts_wanted(int target, int leases_wanted) const;
  void tell_pacer(const EndedAttempt& ended, Moment now);
  void heed_outage(bool was_down, const EndedAttempt& ended, Moment now);
  void tell_outage(bool was_down, std::string_view why, WallTime since, Moment now);
  void heed_fleet(const FleetView& view, Moment at, Moment now);
  void heed_fleet_outage(Moment now);
  void heed_wait(const std::optional<WallTime>& until, Moment now);
  void heed_parked(const Commit& commit, const std::vector<LeasedJob>& leased);
  bool waits(Moment now) const { return source_wait_ && *source_wait_ > now.wall; }
  void take_trouble(EndedAttempt&& ended, Moment now);
  void heed_shortage(EndedAttempt&& ended, Moment now);
  void heed_made(const EndedAttempt& ended, Moment now);
  void tell_shortage(const std::string& what);
  bool leaves_for_shortage(const std::string& what, Moment now);
  void limit_concurrency();
  std::optional<StartDecision> shortage_gate() const;
  void settle_trouble(Moment now);
  std::size_t held() const { return guard_.held() + hold_.size(); }
  void settle_stranded(Moment now);
  void plan_commit(Step& step, Moment now);
  bool commit_due(Moment now) const;
  bool store_is_behind() const;
  bool is_over() const;
  void leave_if_wait_is_long(Moment now);
  SteadyTime wake_at(Moment now) const;
  SteadyTime outage_wake_at(Moment now) const;

  void note_wait(Millis wait, const std::string& error, Moment now);
  void absorb(std::vector<Settlement>&& settlements, Moment now);
  int lease_target(Moment now) const;
  std::int64_t room() const;
  double uniform();

  const RunOptions& options_;
  Pacer& pacer_;
  const Moment began_;
  std::mt19937_64 random_;

  LeaseBuffer leases_;
  SystemicGuard guard_;
  OutageHold hold_;
  FleetLink fleet_;
  RefusalRecord refusals_;
  ShortageLimit shortage_;
  bool told_shortage_ = false;
  bool told_hold_ = false;
  int most_at_once_;                       // that the caps leave this worker
  std::optional<LearnedPace> start_near_;  // until it is known who shares it
  std::vector<Settlement> pending_;        // the group to commit
  SteadyTime pending_since_{};             // of the oldest; meaningless while there is none
  bool committing_ = false;                // an exchange is under way
  int in_flight_ = 0;
  std::optional<QueueOutlook> outlook_;     // of the last exchange
  StartDecision decision_{};                // what the pacer said last
  std::optional<WallTime> source_wait_;     // the server asked all to wait until then
  std::optional<WallTime> dismissed_wait_;  // a probe has shown that it is over
  bool wait_is_over_ = false;               // to be told
  bool probe_now_;                          // --now, and not yet done
  std::optional<Pacer::StartId> probe_;     // the request that it made
  std::optional<SteadyTime> held_since_;    // a pause or a cap lets nothing start
  int outage_tries_ = 0;                    // requests that ended in the present outage
  std::optional<WallTime> parked_until_;    // jobs parked for the dismissed wait are to be leased
  WallTime outage_wall_{};                  // when the outage began; meaningless without one
  Tally tally_;
  std::vector<std::string> notices_;
  std::optional<Ending> ending_;
  bool aborting_ = false;
  bool store_lost_ = false;
};

}  // namespace dogged
