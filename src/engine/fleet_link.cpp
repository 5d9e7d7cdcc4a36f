// SPDX-License-Identifier: MIT
#include "engine/fleet_link.h"

#include "engine/run.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kPoll{1'000};   // a changed cap is to reach a run within two seconds
constexpr int kLeadForgets = 8;  // a slow exchange is forgotten by an eighth with each later one
constexpr Millis kAskAhead{60};  // before the last granted start: an exchange takes its time
constexpr Millis kAskAgain{20};  // where the store granted nothing and did not say why

Caps caps_of(const RunOptions& options) {
  Caps caps;
  if (options.max_concurrency_is_cap) {
    caps.max_concurrency = options.max_concurrency;
  }
  caps.rate = options.rate;
  caps.quota = options.quota;
  return caps;
}

}  // namespace

FleetLink::FleetLink(const RunOptions& options)
    : caps_(caps_of(options)), most_(options.max_concurrency) {
  view_.caps = caps_;
}

void FleetLink::on_answer(WallTime now) {
  new_answer_ = now;
  last_answer_ = now;
}

void FleetLink::on_wait(WallTime until) {
  wait_until_ = std::max(wait_until_.value_or(until), until);
}

FleetRequest FleetLink::request(int in_flight, int starts_wanted, bool outage) {
  FleetRequest request;
  request.caps = caps_;
  request.in_flight = in_flight;
  if (has_view_) {
    request.permits_known = view_.caps.max_concurrency ? view_.permits : most_;
  }
  request.lead = std::chrono::duration_cast<std::chrono::microseconds>(lead_);
  request.ungranted = std::exchange(ungranted_, 0);
  request.starts = is_capped() ? std::max(0, starts_wanted) : 0;
  request.returned = allowance_.take_returned() + std::exchange(unmade_, 0);
  if (!is_capped()) {
    final_ = last_start_;
  }
  request.holds_starts = allowance_.left() > 0;
  asked_starts_ = request.starts > 0;
  request.wait_until = wait_until_;
  told_outage_ = told_outage_ && outage;
  joined_ = joined_ && outage;
  request.outage = outage && (!told_outage_ || (view_.outage_since && view_.canary));
  request.outage_is_known = told_outage_;
  told_outage_ = outage;
  request.answered_at = std::exchange(new_answer_, std::nullopt);
  wait_until_.reset();
  return request;
}

void FleetLink::on_view(const FleetView& view, Moment at, SteadyTime now) {
  if (view.caps != view_.caps) {
    starts_after_.reset();  // said under other caps
    ask_again_ = now;
    final_ = last_start_;
  }
  heed_window(view);
  view_ = view;
  has_view_ = true;
  poll_at_ = at.steady + kPoll;
  lead_ = std::max<SteadyTime::duration>(now - at.steady, lead_ - lead_ / kLeadForgets);
  if (is_capped()) {
    allowance_.add(view.starts, at);
  } else {
    allowance_.hand_back_all();
  }
  if (!asked_starts_) {
    return;
  }
  starts_after_.reset();
  if (view.starts.count == 0 && view.starts_after && *view.starts_after > at.wall) {
    starts_after_ = Moment{at.steady_at(*view.starts_after), *view.starts_after};
  }
  ask_again_ = view.starts.count > 0 || starts_after_ ? now : now + kAskAgain;
}

// The store takes back what is returned for the window of the last grant. What is left of an
// earlier one would make more of this one's quota than there is.
void FleetLink::heed_window(const FleetView& view) {
  if (view.starts.count > 0 && view.starts.expires != window_end_) {
    window_end_ = view.starts.expires;
    final_ = last_start_;
    unmade_ = 0;
    (void)allowance_.take_returned();
  }
}

std::optional<StartDecision> FleetLink::gate(SteadyTime now, bool outage) const {
  if (view_.paused) {
    return StartDecision{StartDecision::Kind::on_ending, now, PaceBound::paused};
  }
  if (view_.caps.max_concurrency && view_.permits <= 0) {
    return StartDecision{StartDecision::Kind::on_ending, now, PaceBound::concurrency};
  }
  // One that the others know nothing of any more is this worker's own affair.
  if (outage && !view_.canary && (view_.outage_since || !told_outage_)) {
    return StartDecision{StartDecision::Kind::on_ending, now, PaceBound::outage};
  }
  return std::nullopt;
}

std::optional<StartDecision> FleetLink::start_gate(Moment now) {
  if (!is_capped()) {
    return std::nullopt;
  }
  const std::optional<SteadyTime> next = allowance_.next(now);
  if (next && *next <= now.steady) {
    return std::nullopt;
  }
  const PaceBound bound = view_.quota_used_up ? PaceBound::quota : PaceBound::rate_cap;
  if (next) {
    return StartDecision{StartDecision::Kind::not_before, *next, PaceBound::rate_cap};
  }
  if (must_wait_for_starts(now)) {
    const SteadyTime at = std::min(starts_after_->steady, now.steady_at(starts_after_->wall));
    return StartDecision{StartDecision::Kind::not_before, at, bound};
  }
  if (ask_again_ > now.steady) {
    return StartDecision{StartDecision::Kind::not_before, ask_again_, bound};
  }
  return StartDecision{StartDecision::Kind::on_ending, now.steady, bound};
}

void FleetLink::on_start(Pacer::StartId start) {
  last_start_ = start;
  if (is_capped()) {
    allowance_.take();
  } else {
    ++ungranted_;
  }
}

void FleetLink::on_unmade(Pacer::StartId start) {
  if (final_ && start <= *final_) {
    return;
  }
  if (is_capped()) {
    ++unmade_;
  } else {
    --ungranted_;
  }
}

// By either clock: the steady one stands still while the machine sleeps, the other may be set back.
bool FleetLink::must_wait_for_starts(Moment now) const {
  return starts_after_ && now.wall < starts_after_->wall && now.steady < starts_after_->steady;
}

bool FleetLink::wants_starts(Moment now) {
  if (!is_capped() || now.steady < ask_again_ || must_wait_for_starts(now)) {
    return false;
  }
  const std::optional<SteadyTime> next = allowance_.next(now);
  return !next || *allowance_.last() - now.steady <= kAskAhead + lead_;
}

bool FleetLink::must_join_outage() const {
  return view_.outage_since && !(last_answer_ && *last_answer_ >= *view_.outage_since);
}

void FleetLink::on_joined() {
  joined_ = true;
  told_outage_ = true;
}

bool FleetLink::must_leave_outage() const {
  return joined_ && !view_.outage_since;
}

std::optional<WallTime> FleetLink::quota_opens() const {
  return view_.quota_used_up ? view_.starts_after : std::nullopt;
}

}  // namespace dogged
