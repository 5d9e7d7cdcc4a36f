// SPDX-License-Identifier: MIT
#include "engine/dispatcher.h"

#include "base/text.h"
#include "base/units.h"
#include "engine/settle.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kGiveBackAfter{5'000};  // leases that would lie longer than that go back

// Of a refused job where nothing else is due: the pacer spaces such, and the end is near.
constexpr Millis kTailBackoff{1'000};

// The higher one counts where a run has several reasons to end.
int weight(RunEnd end) {
  switch (end) {
    case RunEnd::finished:
      return 0;
    case RunEnd::later:
      return 1;
    case RunEnd::interrupted:
      return 2;
    case RunEnd::systemic:
      return 3;
    case RunEnd::store:
      return 4;
  }
  return 0;
}

// Whether the ending says more of the server than of its job, if others end so too.
bool is_trouble(const EndedAttempt& ended) {
  const Verdict& verdict = ended.verdict;
  return verdict.outcome == Outcome::retry &&
         (verdict.suspicion == Suspicion::no_answer || verdict.pace == PaceSignal::server_error);
}

}  // namespace

Dispatcher::Dispatcher(const RunOptions& options, Pacer& pacer, Moment now)
    : options_(options),
      pacer_(pacer),
      began_(now),
      random_(options.seed != 0 ? options.seed : std::random_device{}()),
      leases_(options.follow),
      guard_(options.trust_answers),
      fleet_(options),
      most_at_once_(std::min(options.max_concurrency, options.most_here)),
      probe_now_(options.probe_now) {}

Step Dispatcher::step(Moment now) {
  Step step;
  std::vector<Settlement> decided;
  guard_.on_time(now.steady, decided);
  absorb(std::move(decided), now);
  check_limits(now);
  if (shortage_.eases(now.steady)) {
    limit_concurrency();
  }
  if (!ending_) {
    start_some(step, now);
    leave_if_wait_is_long(now);
  }
  settle_stranded(now);
  settle_trouble(now);
  plan_commit(step, now);
  step.over = !step.commit && is_over();
  if (ending_ && in_flight_ > 0 && now.steady >= ending_->grace_over) {
    aborting_ = true;
  }
  step.abort = aborting_;
  step.wait_is_over = std::exchange(wait_is_over_, false);
  step.notices.swap(notices_);
  step.wake_at = wake_at(now);
  return step;
}

void Dispatcher::on_ended(EndedAttempt&& ended, Moment now) {
  --in_flight_;
  const Verdict& verdict = ended.verdict;
  tell_pacer(ended, now);
  if (ended.sent && (ended.goes_on() || verdict.outcome != Outcome::interrupted)) {
    ++tally_.requests;
    tally_.refusals += verdict.outcome == Outcome::refused ? 1 : 0;
    tally_.retries += verdict.outcome == Outcome::retry ? 1 : 0;
  }
  if (!ended.sent && ended.crash.empty()) {
    fleet_.on_unmade(ended.start);
  }
  if (ended.sent) {
    heed_made(ended, now);
  } else if (verdict.shortage && !ending_) {
    heed_shortage(std::move(ended), now);
    return;
  }
  std::vector<Settlement> decided;
  if (ended.goes_on() && !ending_) {
    leases_.put_back({std::move(ended.job), ended.stale, std::move(ended.next)});
    return;
  }
  if (ended.goes_on()) {
    decided.push_back(given_back(ended.job));
  } else if (verdict.stop) {
    decided.push_back(given_back(ended.job));
    end(RunEnd::systemic,
        "the source says stop: " + verdict.error + " for job '" + printable(ended.job.key) +
            "'; it is ready again",
        now);
  } else if (is_trouble(ended)) {
    take_trouble(std::move(ended), now);
  } else {
    Settlement classified = settle(ended, now);
    guard_.take(std::move(ended), std::move(classified), decided);
  }
  absorb(std::move(decided), now);
}

// A refusal costs no attempt, unless it is the job that is refused and not the pace.
Settlement Dispatcher::settle(EndedAttempt& ended, Moment now) {
  RetryPolicy policy = options_.retry;
  Verdict& verdict = ended.verdict;
  if (verdict.outcome != Outcome::refused) {
    refusals_.forget(ended.job.id);
  } else if (!pacer_.outage_since() &&
             refusals_.is_own_fault(ended.job.id, tally_.done + tally_.not_found)) {
    verdict.outcome = Outcome::retry;
    verdict.error += "; refused again and again while others were answered";
  } else if (leases_.ask_at() > now.steady) {
    policy.cap = std::min(policy.cap, kTailBackoff);
  }
  return settlement_of(ended, policy, uniform(), now.wall);
}

void Dispatcher::on_exchanged(const Commit& commit, Exchange&& exchange, Moment now) {
  for (const JobId late : exchange.too_late) {
    const auto settled = std::find_if(commit.settlements.begin(), commit.settlements.end(),
                                      [&](const Settlement& s) { return s.job == late; });
    if (settled != commit.settlements.end()) {
      tally_.count(settled->to, -1);
    }
  }
  committing_ = false;
  const auto own = in_flight_ + static_cast<std::int64_t>(leases_.size() + held() +
                                                          pending_.size() + exchange.leased.size());
  heed_parked(commit, exchange.leased);
  leases_.on_exchanged(commit.request, std::move(exchange.leased), exchange.outlook,
                       exchange.outlook.leased > own, now);
  outlook_ = exchange.outlook;
  heed_fleet(exchange.fleet, commit.at, now);
  std::vector<Settlement> decided;
  if (outlook_->done > 0) {
    guard_.on_store_has_done(decided);
  }
  if (ending_) {
    leases_.give_back(decided);
  }
  absorb(std::move(decided), now);
}

void Dispatcher::end(RunEnd why, std::string reason, Moment now) {
  if (!ending_) {
    ending_ = Ending{why, std::move(reason), now.steady + options_.grace};
    std::vector<Settlement> decided;
    leases_.give_back(decided);
    absorb(std::move(decided), now);
  } else if (weight(why) > weight(ending_->why)) {
    ending_->why = why;
    ending_->reason = std::move(reason);
  }
}

void Dispatcher::on_store_lost(std::string reason, Moment now) {
  store_lost_ = true;
  committing_ = false;
  end(RunEnd::store, std::move(reason), now);
  abort();
}

std::vector<Settlement> Dispatcher::take_unsettled() {
  std::vector<Settlement> rest = std::exchange(pending_, {});
  const std::size_t counted = rest.size();
  guard_.release_held(rest);
  hold_.let_off(rest);
  leases_.give_back(rest);
  for (std::size_t i = counted; i < rest.size(); ++i) {
    tally_.count(rest[i].to, 1);
  }
  return rest;
}

void Dispatcher::on_not_stored(const std::vector<Settlement>& settlements) {
  for (const Settlement& s : settlements) {
    tally_.count(s.to, -1);
  }
}

bool Dispatcher::only_others_work() const {
  return in_flight_ == 0 && leases_.empty() && pending_.empty() && held() == 0 && outlook_ &&
         outlook_->ready == 0 && outlook_->leased > 0;
}

void Dispatcher::check_limits(Moment now) {
  if (guard_.fault() && !(ending_ && ending_->why == RunEnd::systemic)) {
    end(RunEnd::systemic, *guard_.fault(), now);
  }
  if (ending_) {
    return;
  }
  if (options_.max_time && now.steady - began_.steady >= *options_.max_time) {
    end(RunEnd::later, "--max-time is over", now);
  } else if (options_.limit > 0 && tally_.settled() >= options_.limit && in_flight_ == 0) {
    end(RunEnd::later, "--limit is reached", now);
  }
}

void Dispatcher::start_some(Step& step, Moment now) {
  decision_ = ask_pacer(now);
  while (decision_.kind == StartDecision::Kind::now && !store_is_behind()) {
    std::optional<WaitingJob> next = room() > 0 ? leases_.take() : std::nullopt;
    if (!next) {
      break;
    }
    begin(step, std::move(*next), now);
    decision_ = ask_pacer(now);
  }
  give_back_what_must_lie(now);
}

// Jobs that would lie here for long are for others, or for later.
void Dispatcher::give_back_what_must_lie(Moment now) {
  const bool down = pacer_.outage_since().has_value();
  const bool held = fleet_.gate(now.steady, down).has_value();
  const bool far = decision_.kind == StartDecision::Kind::not_before &&
                   decision_.at - now.steady > kGiveBackAfter;
  std::vector<Settlement> decided;
  if (held || (far && decision_.bound == PaceBound::server_wait)) {
    leases_.give_back(decided);
  } else if (far || (down && in_flight_ > 0)) {
    // Were all given back, a redirect would never be followed under a slow rate.
    leases_.give_back_unbegun(decided);
  }
  absorb(std::move(decided), now);
}

void Dispatcher::begin(Step& step, WaitingJob&& next, Moment now) {
  FetchOrder order{std::move(next.job), pacer_.on_start(now.steady), next.resend,
                   std::move(next.request)};
  if (waits(now)) {
    probe_now_ = false;
    probe_ = order.start;
  }
  guard_.on_start(order.start, now.steady);
  fleet_.on_start(order.start);
  ++in_flight_;
  step.start.push_back(std::move(order));
}

// The pacer, and all that it does not know of: the server's wait, what the workers share.
StartDecision Dispatcher::ask_pacer(Moment now) {
  if (waits(now) && !(probe_now_ && in_flight_ == 0)) {
    if (in_flight_ == 0) {
      guard_.on_wait();
    }
    return {StartDecision::Kind::not_before, now.steady_at(*source_wait_), PaceBound::server_wait};
  }
  if (source_wait_ && !waits(now)) {
    source_wait_.reset();
    pacer_.hold_until(now.steady);  // what comes after is spread
  }
  if (const auto held = fleet_.gate(now.steady, pacer_.outage_since().has_value())) {
    return *held;
  }
  if (const auto held = shortage_gate()) {
    return *held;
  }
  const StartDecision decision = pacer_.next_start(now.steady);
  if (decision.kind == StartDecision::Kind::now) {
    if (const auto held = fleet_.start_gate(now)) {
      return *held;
    }
  }
  return decision;
}

// A row that cannot grow any more must not keep the run waiting.
void Dispatcher::settle_stranded(Moment now) {
  std::vector<Settlement> decided;
  if (guard_.held() == 0) {
    return;
  }
  if (ending_) {
    if (in_flight_ == 0) {
      guard_.release_held(decided);
      absorb(std::move(decided), now);
    }
    return;
  }
  if (!outlook_) {
    return;
  }
  const std::int64_t all =
      outlook_->ready + outlook_->leased + outlook_->done + outlook_->not_found + outlook_->failed;
  const bool too_few = all < static_cast<std::int64_t>(kSystemicRow);
  const bool alone = in_flight_ == 0 && leases_.empty() && pending_.empty() && !committing_;
  // Suspects wait for the held jobs to be out of the way: those settle, or neither would ever.
  if (too_few || (alone && leases_.held_back())) {
    guard_.settle_held(decided);
  } else if (alone && (outlook_->ready == 0 || room() <= 0)) {
    if (outlook_->not_found > 0) {
      guard_.on_store_has_done(decided);  // such answers were taken as right before
    }
    const bool all_there_is = outlook_->done + outlook_->not_found + outlook_->failed == 0;
    guard_.decide_stranded(all_there_is && tally_.settled() == 0, decided);
  }
  absorb(std::move(decided), now);
}

bool Dispatcher::is_over() const {
  if (in_flight_ > 0) {
    return false;
  }
  if (store_lost_) {
    return true;
  }
  if (!pending_.empty() || committing_ || held() > 0 || !leases_.empty()) {
    return false;
  }
  if (ending_) {
    return true;
  }
  return !options_.follow && outlook_ && outlook_->ready == 0 && outlook_->leased == 0;
}

void Dispatcher::absorb(std::vector<Settlement>&& settlements, Moment now) {
  if (settlements.empty()) {
    return;
  }
  if (pending_.empty()) {
    pending_since_ = now.steady;
  }
  for (Settlement& s : settlements) {
    tally_.count(s.to, 1);
    pending_.push_back(std::move(s));
  }
  if (!ending_ || weight(ending_->why) < weight(RunEnd::systemic)) {
    if (std::optional<std::string> reason = tally_.too_many_errors(options_)) {
      end(RunEnd::systemic, std::move(*reason), now);
    }
  }
}

double Dispatcher::uniform() {
  return static_cast<double>(random_() >> 11U) * 0x1.0p-53;
}

}  // namespace dogged
