// SPDX-License-Identifier: MIT
// When a dispatcher commits, how many jobs it leases, when it wants to be woken.
#include "engine/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace dogged {
namespace {

constexpr std::size_t kGroup = 128;  // settlements that do not wait for company
constexpr int kMostLeases = 1'024;   // of one worker, not started
constexpr Millis kLeaseAhead{200};   // jobs for that long are leased
constexpr Millis kNeverMind = std::chrono::hours(1);

}  // namespace

void Dispatcher::plan_commit(Step& step, Moment now) {
  if (store_lost_) {
    return;
  }
  const int target = lease_target(now);
  const int wanted = leases_.wanted(target, now.steady);
  const bool must_lease = wanted > 0 && leases_.low(target);
  const bool must_look = !outlook_ && !ending_;  // a wait may be all there is to do
  if (!commit_due(now) && !must_lease && !must_look) {
    return;
  }
  Commit commit;
  commit.settlements.swap(pending_);
  commit.request.max = wanted;
  commit.request.idle = in_flight_ == 0 && leases_.empty() && held() == 0;
  step.commit = std::move(commit);
}

bool Dispatcher::commit_due(Moment now) const {
  if (pending_.empty()) {
    return false;
  }
  // Well before commit_within is over: the transaction takes its time too.
  return in_flight_ == 0 || pending_.size() >= kGroup ||
         now.steady - pending_since_ >= options_.commit_within * 2 / 5;
}

SteadyTime Dispatcher::wake_at(Moment now) const {
  SteadyTime at = now.steady + kNeverMind;
  const auto not_after = [&](SteadyTime t) { at = std::min(at, t); };
  if (!pending_.empty() && !store_lost_) {
    not_after(pending_since_ + options_.commit_within * 2 / 5);
  }
  if (ending_) {
    if (!aborting_) {
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
  const bool timed = decision_.kind == StartDecision::Kind::not_before;
  if (timed && !leases_.empty()) {
    not_after(decision_.at);
  }
  if (const auto down = pacer_.outage_since()) {
    if (options_.max_wait) {
      not_after(std::max(*down + *options_.max_wait + Millis(1), now.steady));
    }
    if (decision_.kind == StartDecision::Kind::now) {
      not_after(std::max(leases_.ask_at(), now.steady));
    } else if (timed) {
      not_after(decision_.at);
    }
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

// What the pacer may start within about kLeaseAhead, and a bit.
int Dispatcher::lease_target(Moment now) const {
  if (ending_) {
    return 0;
  }
  if (decision_.kind == StartDecision::Kind::not_before &&
      decision_.at - now.steady > kLeaseAhead) {
    return 0;
  }
  if (pacer_.outage_since()) {
    return decision_.kind == StartDecision::Kind::now && room() > 0 ? 1 : 0;
  }
  const double ahead = std::chrono::duration<double>(kLeaseAhead).count();
  const PaceView view = pacer_.view(now.steady);
  const double free = std::max(1.0, std::floor(view.concurrency_limit) - view.in_flight);
  double target = free + std::ceil(view.answers_per_second * ahead);
  if (options_.rate) {
    target = std::min(target, 1 + std::ceil(options_.rate->per_second() * ahead));
  }
  if (view.start_rate) {
    target = std::min(target, 2 + std::ceil(*view.start_rate * ahead));
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
