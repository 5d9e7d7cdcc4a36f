// SPDX-License-Identifier: MIT
#pragma once

#include "engine/moment.h"
#include "engine/start_allowance.h"
#include "pace/pacer.h"
#include "store/fleet.h"

#include <optional>

namespace dogged {

struct RunOptions;

// A run's side of what the workers on its store share (store/fleet.h): what it asks for in an
// exchange, what it was given, and what of it holds the next start back. Pure; one
// thread at a time.
class FleetLink {
 public:
  explicit FleetLink(const RunOptions& options);

  // An answer came, at that time.
  void on_answer(WallTime now);
  // The server asked to wait until then.
  void on_wait(WallTime until);

  // What to ask for in an exchange. `outage`: the pacer tells one.
  FleetRequest request(int in_flight, int starts_wanted, bool outage);
  // `at`: the time that was given to the exchange; `now`: it is through.
  void on_view(const FleetView& view, Moment at, SteadyTime now);
  // An exchange is due, whatever else is to be done: caps and pauses must be heard of soon.
  SteadyTime poll_at() const { return poll_at_; }

  // What holds every start back: a pause, a cap that leaves nothing to this worker, an outage where
  // another worker probes. Ask again after an exchange.
  std::optional<StartDecision> gate(SteadyTime now, bool outage) const;
  // What holds one start back that the pacer permits: no start is granted, or not yet.
  std::optional<StartDecision> start_gate(Moment now);
  void on_start(Pacer::StartId start);
  // It came to no request: its grant goes back, with the next exchange.
  void on_unmade(Pacer::StartId start);
  // Whether starts are to be asked for now, as few are left.
  bool wants_starts(Moment now);
  bool is_capped() const { return view_.caps.rate || view_.caps.quota; }
  // The run ends: what was granted goes back, with the next exchange.
  void hand_back() { allowance_.hand_back_all(); }
  bool has_returned() const { return allowance_.returned() + unmade_ > 0; }
  int starts_left() const { return allowance_.left(); }

  const FleetView& view() const { return view_; }
  bool holds_all() const {  // by a pause, or a cap with nothing for this worker
    return view_.paused || (view_.caps.max_concurrency && view_.permits <= 0);
  }
  const std::optional<WallTime>& last_answer() const { return last_answer_; }
  bool has_untold_wait() const { return wait_until_.has_value(); }
  // Another worker found an outage that this one has not seen disproved.
  bool must_join_outage() const;
  // The outage that this worker is in is over: another one was answered.
  void on_joined();
  bool must_leave_outage() const;
  // The quota's next window, where the present one is used up.
  std::optional<WallTime> quota_opens() const;

 private:
  bool must_wait_for_starts(Moment now) const;
  void heed_window(const FleetView& view);

  const Caps caps_;
  const int most_;  // in flight, where nothing is capped
  FleetView view_;
  StartAllowance allowance_;
  SteadyTime poll_at_{};
  std::optional<Moment> starts_after_;  // none are granted before
  SteadyTime ask_again_{};
  SteadyTime::duration lead_{0};  // how long exchanges take of late
  bool has_view_ = false;
  int ungranted_ = 0;  // starts without a grant since the last exchange
  int unmade_ = 0;     // granted starts without a request since the last exchange
  // Those up to here have no way back: they are told already as made without a grant, or they were
  // granted under other caps or in an earlier window of the quota.
  std::optional<Pacer::StartId> final_;
  std::optional<Pacer::StartId> last_start_;
  std::optional<WallTime> window_end_;  // of the quota in which was granted last
  bool asked_starts_ = false;           // with the last exchange
  std::optional<WallTime> new_answer_;  // since the last exchange
  std::optional<WallTime> last_answer_;
  std::optional<WallTime> wait_until_;  // to be told
  bool told_outage_ = false;            // the present one, in an exchange or by another worker
  bool joined_ = false;                 // it was another worker that found it
};

}  // namespace dogged
