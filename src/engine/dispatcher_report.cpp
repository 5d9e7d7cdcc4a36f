// SPDX-License-Identifier: MIT
// What a dispatcher tells of the run: its progress and its end.
#include "engine/dispatcher.h"

#include <algorithm>
#include <chrono>

namespace dogged {

std::string_view word(RunEnd end) {
  switch (end) {
    case RunEnd::finished:
      return "finished";
    case RunEnd::later:
      return "later";
    case RunEnd::interrupted:
      return "interrupted";
    case RunEnd::systemic:
      return "systemic";
    case RunEnd::store:
      return "store";
  }
  return "finished";
}

Progress Dispatcher::progress(Moment now) const {
  const PaceView view = pacer_.view(now.steady);
  Progress p;
  p.elapsed = std::chrono::duration_cast<Millis>(now.steady - began_.steady);
  p.in_flight = in_flight_;
  p.requests = tally_.requests;
  p.refusals = tally_.refusals;
  p.retries = tally_.retries;
  p.answered = tally_.done + tally_.not_found;
  p.answers_per_second = view.answers_per_second;
  p.concurrency_limit = view.concurrency_limit;
  p.start_rate = view.start_rate;
  if (source_wait_) {
    p.server_wait_until = source_wait_;
  } else if (view.wait_until) {
    p.server_wait_until = now.wall_at(*view.wait_until);
  }
  if (const auto down = pacer_.outage_since()) {
    p.no_answer_since = now.wall_at(*down);
  }
  const bool short_of_jobs =
      leases_.empty() && decision_.kind == StartDecision::Kind::now && !p.server_wait_until;
  p.bound = short_of_jobs ? PaceBound::none : decision_.bound;
  if (!outlook_) {
    return p;
  }
  p.done = outlook_->done;
  p.not_found = outlook_->not_found;
  p.failed = outlook_->failed;
  // Leased jobs that wait here for their turn, or are held, are still to do.
  p.ready = std::max<std::int64_t>(0, outlook_->ready + outlook_->leased - in_flight_);
  if (in_flight_ == 0 && leases_.empty()) {
    p.next_due = outlook_->next_due;
  }
  // Nobody knows it where something else than the pace holds the run.
  const FleetView& shared = fleet_.view();
  if (p.answers_per_second > 0 && !shared.paused && !shared.quota_used_up && !waits(now)) {
    const auto left = static_cast<double>(outlook_->ready + outlook_->leased);
    const double most = shared.caps.rate ? shared.caps.rate->per_second() : p.answers_per_second;
    const double pace = std::min(p.answers_per_second, most);
    p.time_left = Millis(static_cast<Millis::rep>(left * 1'000 / pace));
  }
  return p;
}

RunReport Dispatcher::report(Moment now) const {
  RunReport r;
  r.took = std::chrono::duration_cast<Millis>(now.steady - began_.steady);
  r.done = tally_.done;
  r.not_found = tally_.not_found;
  r.failed = tally_.failed;
  r.requests = tally_.requests;
  r.refusals = tally_.refusals;
  r.retries = tally_.retries;
  r.left = outlook_.value_or(QueueOutlook{});
  if (ending_) {
    r.end = ending_->why;
    r.reason = ending_->reason;
  }
  const bool all_settled = outlook_ && r.left.ready == 0 && r.left.leased == 0;
  if (all_settled && (r.end == RunEnd::later || r.end == RunEnd::interrupted)) {
    r.end = RunEnd::finished;
    r.reason.clear();
  }
  if (!all_settled) {
    r.next_due = r.left.next_due;
    if (source_wait_ && *source_wait_ > now.wall) {
      r.next_due = std::max(r.next_due.value_or(*source_wait_), *source_wait_);
    }
    if (const auto opens = fleet_.quota_opens()) {
      r.next_due = std::max(r.next_due.value_or(*opens), *opens);
    }
  }
  return r;
}

}  // namespace dogged
