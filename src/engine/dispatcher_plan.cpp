// SPDX-License-Identifier: MIT
// When a dispatcher commits, how many jobs it leases, when it wants to be woken, when not to wait.
#include "base/units.h"
#include "engine/dispatcher.h"
#include "engine/settle.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace dogged {
namespace {

constexpr std::size_t kGroup = 256;   // settlements that do not wait for company
constexpr std::size_t kBehind = 640;  // while a commit is under way: nothing starts until it ends
constexpr int kMostLeases = 8'192;    // of one worker, not started
constexpr int kMostLeasedAtOnce{2'048};  // more would keep settlements waiting too long
constexpr Millis kLeaseAhead{200};       // jobs for that long are leased
constexpr Millis kNeverMind = std::chrono::hours(1);

}  // namespace

void Dispatcher::plan_commit(Step& step, Moment now) {
  if (store_lost_ || committing_) {
    return;
  }
  const int target = lease_target(now);
  // The first exchange only looks: it is not known yet what may start.
  const int wanted = outlook_ ? std::min(leases_.wanted(target, now.steady), kMostLeasedAtOnce) : 0;
  const bool must_lease = wanted > 0 && leases_.low(target);
  // Without an outlook a wait may be all there is to do; and what is shared must be heard of.
  const bool must_look = !ending_ && (!outlook_ || now.steady >= fleet_.poll_at());
  const int starts = starts_wanted(target, wanted);
  const bool must_ask = target > 0 && !leases_.empty() && starts > 0 && fleet_.wants_starts(now);
  if (is_over()) {
    fleet_.hand_back();
  }
  const bool must_return = is_over() && fleet_.has_returned();
  if (!commit_due(now) && !must_lease && !must_look && !must_ask && !must_return) {
    return;
  }
  Commit commit;
  commit.settlements.swap(pending_);
  for (Settlement& s : commit.settlements) {
    keep_wait(s, now.wall);
  }
  commit.request.max = wanted;
  commit.request.idle = in_flight_ == 0 && leases_.empty() && held() == 0;
  commit.request.due_until = lease_parked_until(now);
  commit.request.fleet = fleet_.request(in_flight_, starts, pacer_.outage_since().has_value());
  commit.at = now;
  step.commit = std::move(commit);
  committing_ = true;
}

// Jobs that are parked for a wait that may be, or is, over before its time.
std::optional<WallTime> Dispatcher::lease_parked_until(Moment now) const {
  if (waits(now) && probe_now_) {
    return *source_wait_ + kParkedAfter;
  }
  return parked_until_;
}

// For the jobs that are leased, or will be, and that the pacer may start soon.
int Dispatcher::starts_wanted(int target, int leases_wanted) const {
  const int jobs = static_cast<int>(leases_.size()) + leases_wanted;
  return std::min(std::max(target, 1), jobs) - fleet_.starts_left();
}

bool Dispatcher::commit_due(Moment now) const {
  if (pending_.empty()) {
    return false;
  }
  // Well before commit_within is over: the transaction takes its time too.
  const bool nothing_else = in_flight_ == 0 && leases_.empty();
  return nothing_else || pending_.size() >= kGroup ||
         now.steady - pending_since_ >= options_.commit_within * 2 / 5;
}

// What has been answered is durable 50 ms later where the disk is not slow: that takes the rest of
// the commit under way, and a next one that is no longer for what came meanwhile.
bool Dispatcher::store_is_behind() const {
  return committing_ && pending_.size() >= kBehind;
}

// In an outage: the next probe, and the end of --max-wait.
SteadyTime Dispatcher::outage_wake_at(Moment now) const {
  SteadyTime at = now.steady + kNeverMind;
  if (options_.max_wait && in_flight_ == 0) {
    const SteadyTime leave_at = *pacer_.outage_since() + *options_.max_wait + Millis(1);
    at = leave_at > now.steady ? leave_at : at;
  }
  if (decision_.kind == StartDecision::Kind::not_before) {
    at = std::min(at, decision_.at);
  } else if (decision_.kind == StartDecision::Kind::now && !committing_) {
    at = std::min(at, std::max(leases_.ask_at(), now.steady));
  }
  return at;
}

SteadyTime Dispatcher::wake_at(Moment now) const {
  SteadyTime at = now.steady + kNeverMind;
  const auto not_after = [&](SteadyTime t) { at = std::min(at, t); };
  if (!pending_.empty() && !store_lost_ && !committing_) {
    not_after(pending_since_ + options_.commit_within * 2 / 5);
  }
  if (ending_) {
    if (!aborting_ && in_flight_ > 0) {
      not_after(std::max(now.steady, ending_->grace_over));
    }
    return at;
  }
  if (const auto deadline = guard_.deadline()) {
    not_after(*deadline);
  }
  if (options_.max_time) {
    not_after(began_.steady + *options_.max_time);
  }
  if (!committing_) {
    not_after(std::max(fleet_.poll_at(), now.steady));
  }
  const bool timed = decision_.kind == StartDecision::Kind::not_before;
  if (timed && !leases_.empty()) {
    not_after(decision_.at);
  }
  if (pacer_.outage_since()) {
    return std::min(at, outage_wake_at(now));
  }
  if (committing_) {
    return at;
  }
  // Where leases are wanted and may be had already, a commit is on its way.
  if (timed && decision_.at - now.steady > kLeaseAhead) {
    not_after(std::max(leases_.ask_at(), decision_.at - kLeaseAhead));
  } else if (leases_.ask_at() > now.steady && leases_.low(lease_target(now))) {
    not_after(leases_.ask_at());
  }
  return at;
}

// --max-wait: only waits that somebody asked for, not the spacing of a rate.
void Dispatcher::leave_if_wait_is_long(Moment now) {
  const std::optional<SteadyTime> down = pacer_.outage_since();
  // Who may probe tries once at least: the outage may be one of long ago.
  const bool tried = outage_tries_ > 0 || !fleet_.view().canary;
  if (options_.max_wait && down && tried && in_flight_ == 0 &&
      now.steady - *down > *options_.max_wait) {
    end(RunEnd::later, "no answer from the server for longer than --max-wait", now);
    return;
  }
  if (!options_.max_wait || in_flight_ > 0 || !pending_.empty() || committing_ || !outlook_ ||
      outlook_->ready == 0) {
    return;
  }
  if (lease_parked_until(now) && leases_.ask_at() <= now.steady) {
    return;  // what is parked may be had
  }
  if (held_since_ && now.steady - *held_since_ > *options_.max_wait) {
    end(RunEnd::later,
        fleet_.view().paused
            ? "the store is paused, for longer than --max-wait: `dogged resume`"
            : "other runs have all that the cap on requests at once allows, for longer than "
              "--max-wait",
        now);
    return;
  }
  SteadyTime at = now.steady;
  if (decision_.kind == StartDecision::Kind::not_before &&
      (decision_.bound == PaceBound::server_wait || decision_.bound == PaceBound::quota)) {
    at = decision_.at;
  }
  if (leases_.empty() && outlook_->next_due) {
    at = std::max(at, now.steady_at(*outlook_->next_due));
  }
  if (at - now.steady > *options_.max_wait) {
    end(RunEnd::later,
        "the next job is due in " +
            format_duration(std::chrono::duration_cast<Millis>(at - now.steady)) +
            ", longer than --max-wait",
        now);
  }
}

// What the pacer may start within about kLeaseAhead, and a bit.
int Dispatcher::lease_target(Moment now) const {
  if (ending_ || fleet_.gate(now.steady, pacer_.outage_since().has_value())) {
    return 0;
  }
  if (decision_.kind == StartDecision::Kind::not_before &&
      decision_.at - now.steady > kLeaseAhead) {
    return 0;
  }
  if (pacer_.outage_since()) {
    // Without a job for the probe no start would be asked for.
    const bool lacks_start =
        decision_.kind == StartDecision::Kind::on_ending &&
        (decision_.bound == PaceBound::rate_cap || decision_.bound == PaceBound::quota);
    return (decision_.kind == StartDecision::Kind::now || lacks_start) && room() > 0 ? 1 : 0;
  }
  const double ahead = std::chrono::duration<double>(kLeaseAhead).count();
  const PaceView view = pacer_.view(now.steady);
  const double free = std::max(1.0, std::floor(view.concurrency_limit) - view.in_flight);
  double target = free + std::ceil(view.answers_per_second * ahead);
  if (const auto& rate = fleet_.view().caps.rate) {
    target = std::min(target, 1 + std::ceil(rate->per_second() * ahead));
  }
  if (view.start_rate) {
    target = std::min(target, 2 + std::ceil(*view.start_rate * ahead));
  }
  if (waits(now)) {
    target = std::min(target, 1.0);  // the probe
  }
  target = std::min({target, static_cast<double>(kMostLeases), static_cast<double>(room())});
  return std::max(0, static_cast<int>(target));
}

// How many more may be started, leased ones included, before --limit could be passed.
std::int64_t Dispatcher::room() const {
  if (options_.limit <= 0) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return options_.limit - tally_.settled() - in_flight_ - static_cast<std::int64_t>(held());
}

}  // namespace dogged
