// SPDX-License-Identifier: MIT
#include "pace/adaptive_pacer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace dogged {
namespace {

using std::chrono::duration;

constexpr double kUnknownRoundTrip = 0.02;  // seconds
constexpr double kSmoothing = 0.05;
constexpr double kLongestSpread = 1;     // seconds
constexpr double kMostRetryAfter = 60;   // seconds that may shape the start rate
constexpr double kFarFromBinding = 1.2;  // start rate to answers
constexpr double kBinding = 1.05;
constexpr double kNearBound = 0.9;  // answers to the announced rate
// A refusal after so few endings in a second tells no rate: begin with one that finds out soon.
constexpr int kTelling = 20;
constexpr double kUnsureRate = 20;  // per second
constexpr double kMostLeft = 0.99;
constexpr double kTick = 1e-9;  // seconds; times come in as whole nanoseconds
// A dispatcher between two steps is not idle yet.
constexpr std::chrono::milliseconds kIdle{100};

double seconds_of(SteadyTime::duration span) {
  return duration<double>(span).count();
}

SteadyTime::duration span_of(double in_seconds) {
  return std::chrono::ceil<SteadyTime::duration>(duration<double>(in_seconds));
}

}  // namespace

AdaptivePacer::AdaptivePacer(const PaceCaps& caps, std::uint64_t seed)
    : share_(1 - std::clamp(caps.leave, 0.0, kMostLeft)),
      limit_(std::max(1, caps.max_concurrency)),
      breaker_(seed) {}

StartDecision AdaptivePacer::next_start(SteadyTime now) {
  advance(now);
  if (breaker_.open()) {
    return probe_gate(now);
  }
  if (wait_until_) {
    return hold(*wait_until_, PaceBound::server_wait);
  }
  if (const auto held = limit_gate(now)) {
    return *held;
  }
  if (const auto held = room_gate(now)) {
    return *held;
  }
  if (const auto held = time_gates(now)) {
    return *held;
  }
  if (!idle_since_) {
    idle_since_ = now;
  }
  return {StartDecision::Kind::now, now, PaceBound::none};
}

StartDecision AdaptivePacer::probe_gate(SteadyTime now) {
  bound_ = PaceBound::outage;
  const std::optional<double> next = breaker_.next_probe();
  if (!next) {
    return {StartDecision::Kind::on_ending, now, bound_};
  }
  SteadyTime at = at_seconds(*next);
  if (wait_until_) {
    at = std::max(at, *wait_until_);
  }
  if (at > now) {
    return hold(at, bound_);
  }
  return {StartDecision::Kind::now, now, bound_};
}

std::optional<StartDecision> AdaptivePacer::limit_gate(SteadyTime now) {
  const std::size_t taken = in_flight_.size() + kept_places_.size();
  if (taken < static_cast<std::size_t>(std::max(1.0, our_limit()))) {
    return std::nullopt;
  }
  bound_ = limit_.at_cap() ? PaceBound::concurrency : PaceBound::server;
  if (!kept_places_.empty()) {
    return hold(*kept_places_.begin(), bound_);
  }
  return StartDecision{StartDecision::Kind::on_ending, now, bound_};
}

// Near the end of a quota no more are in flight than remain of it.
std::optional<StartDecision> AdaptivePacer::room_gate(SteadyTime now) {
  if (announced_.has_room(static_cast<int>(in_flight_.size()), seconds(now))) {
    return std::nullopt;
  }
  return hold(at_seconds(announced_.room_until()), PaceBound::server);
}

std::optional<StartDecision> AdaptivePacer::time_gates(SteadyTime now) {
  if (spread_left_ > 0 && now < spread_slot_) {
    return hold(spread_slot_, PaceBound::server_wait);
  }
  const std::optional<double> most = most_per_second();
  if (most && spacing_.next(*most) > seconds(now) + kTick) {
    return hold(at_seconds(spacing_.next(*most)), PaceBound::server_rate);
  }
  if (rate_.on() && !resting() && rate_.next() > active(now) + kTick) {
    by_rate_ = true;
    return hold(at_seconds(rate_.next() + inactive_), PaceBound::server_rate);
  }
  return std::nullopt;
}

Pacer::StartId AdaptivePacer::on_start(SteadyTime now) {
  advance(now);
  end_idling(now);
  if (rate_.on() && !breaker_.open() && !resting()) {
    rate_.on_start(active(now));
    const auto announced = announced_.rate();
    if (announced && rate_.now() > *announced) {
      rate_.keep_to(active(now), *announced);  // what does not bind finds nothing out
    }
  }
  if (const auto most = most_per_second()) {
    spacing_.on_start(*most, seconds(now));
  }
  announced_.on_start();
  if (spread_left_ > 0) {
    --spread_left_;
    spread_slot_ = now + span_of(std::min(round_trip() / limit_.value(), kLongestSpread));
  }
  Start start{};
  start.at = now;
  start.unanswered = static_cast<int>(in_flight_.size());
  start.taken = start.unanswered + static_cast<int>(kept_places_.size()) + 1;
  start.by_rate = by_rate_;
  start.full = !by_rate_ && limit_.is_full(start.taken);
  start.probe = breaker_.open();
  if (start.probe) {
    breaker_.on_probe_start();
  }
  by_rate_ = false;
  const StartId id = next_id_++;
  in_flight_.emplace(id, start);
  return id;
}

void AdaptivePacer::end_idling(SteadyTime now) {
  if (idle_since_ && now - *idle_since_ > kIdle) {
    inactive_ += seconds_of(now - *idle_since_);
    idle_ += seconds_of(now - *idle_since_);
  }
  idle_since_.reset();
}

void AdaptivePacer::on_end(StartId id, PaceSignal signal, const ServerHint& hint, SteadyTime now) {
  const auto found = in_flight_.find(id);
  if (found == in_flight_.end()) {
    return;
  }
  advance(now);
  const Start start = found->second;
  in_flight_.erase(found);
  if (signal != PaceSignal::interrupted) {
    last_second_.add(busy(now), signal == PaceSignal::answered);
    watch_futility(signal, hint, now);
  }
  if (signal == PaceSignal::answered || hint.announced_rate || hint.remaining) {
    heed_announcement(hint, now);
  }
  if (signal == PaceSignal::answered) {
    if (hint.retry_after) {  // it was the last one of a quota
      hold_until(now + *hint.retry_after);
      advance(now);
    }
    on_answer(start, now);
  } else {
    on_failure(start, signal, hint, now);
  }
}

// What is in flight when a rate is told first counts against it.
void AdaptivePacer::heed_announcement(const ServerHint& hint, SteadyTime now) {
  const int in_flight = static_cast<int>(in_flight_.size());
  const bool was_known = most_per_second().has_value();
  announced_.on_end(hint, in_flight, seconds(now));
  if (const auto most = most_per_second(); most && !was_known) {
    spacing_.begin(*most, in_flight + 1, seconds(now));
  }
}

// Where slowing down was in vain the former pace comes back. A server that says why it refuses is
// believed.
void AdaptivePacer::watch_futility(PaceSignal signal, const ServerHint& hint, SteadyTime now) {
  if (hint.too_many || hint.retry_after || breaker_.open()) {
    futility_.reset();
    return;
  }
  const bool refused = signal == PaceSignal::refused;
  if (const auto back_to = futility_.on_end(active(now), refused, limit_.value())) {
    limit_.restart(seconds(now), back_to->limit);
    rate_.keep_to(active(now), back_to->rate);
  }
}

void AdaptivePacer::hold_until(SteadyTime until) {
  if (!wait_until_ || until > *wait_until_) {
    wait_until_ = until;
  }
}

PaceView AdaptivePacer::view(SteadyTime now) const {
  PaceView view{};
  view.concurrency_limit = breaker_.open() ? 1 : our_limit();
  view.in_flight = static_cast<int>(in_flight_.size());
  view.answers_per_second = answers_.per_second(now);
  view.bound = bound_;
  if (wait_until_ && *wait_until_ > now) {
    view.wait_until = wait_until_;
  }
  view.start_rate = most_per_second();
  if (rate_.on() && !resting()) {
    view.start_rate = std::min(rate_.now(), view.start_rate.value_or(rate_.now()));
  }
  return view;
}

// Lets what is over be over: a wait, a rest, kept places.
void AdaptivePacer::advance(SteadyTime now) {
  if (!began_) {
    began_ = now;
  }
  kept_places_.erase(kept_places_.begin(), kept_places_.upper_bound(now));
  if (rest_until_ && seconds(now) >= *rest_until_) {
    end_rest(now);
  }
  if (!wait_until_) {
    return;
  }
  if (!wait_began_) {
    wait_began_ = now;
  }
  if (*wait_until_ <= now) {
    inactive_ += seconds_of(now - *wait_began_);
    idle_since_.reset();
    wait_began_.reset();
    wait_until_.reset();
    if (!rate_.on()) {
      spread_left_ = limit_.permits();
      spread_slot_ = now;
    }
  }
}

void AdaptivePacer::on_answer(const Start& start, SteadyTime now) {
  answers_.count(now);
  answered_ = true;
  if (breaker_.on_answer()) {
    close_outage(now);
  }
  windows_.on_answer();
  const double took = seconds_of(now - start.at);
  smoothed_round_trip_ = smoothed_round_trip_ > 0
                             ? smoothed_round_trip_ + (took - smoothed_round_trip_) * kSmoothing
                             : took;
  if (resting()) {
    return;
  }
  const double answered = last_second_.answered_per_second(busy(now));
  const auto most = most_per_second();
  const bool paced = rate_.on() || (most && answered > kNearBound * *most);
  limit_.on_answer({seconds(now), round_trip(), answered, paced, start.full});
  if (rate_.on() && rate_.moot() && !start.by_rate) {
    rate_.switch_off();
  } else if (start.by_rate && nothing_is_refused(now)) {
    rate_.keep_to(active(now), rate_.top());
    begin_rest(now);
  }
}

void AdaptivePacer::on_failure(const Start& start, PaceSignal signal, const ServerHint& hint,
                               SteadyTime now) {
  if (hint.retry_after && hint.retry_after->count() > 0) {
    hold_until(now + *hint.retry_after);
    advance(now);
  }
  if (signal != PaceSignal::interrupted && !hint.suspect) {
    windows_.on_failure(busy(now), signal == PaceSignal::refused, hint.too_many);
  }
  if (breaker_.open()) {
    if (start.probe) {
      breaker_.on_probe_failed(seconds(now));
    }
    return;
  }
  if (signal == PaceSignal::interrupted) {
    return;
  }
  if (breaker_.failures() == 0) {
    rate_before_ = rate_;
  }
  if (!hint.suspect && breaker_.on_failure(seconds(now), signal)) {
    open_outage(now);
    return;
  }
  if (signal == PaceSignal::refused) {
    on_refusal(start, hint, now);
  } else if (signal != PaceSignal::server_error && (!cut_at_ || start.at > *cut_at_)) {
    cut_at_ = now;
    limit_.cut();
  }
}

void AdaptivePacer::on_refusal(const Start& start, const ServerHint& hint, SteadyTime now) {
  kept_places_.insert(now + span_of(round_trip()));
  if (hint.retry_after) {
    last_retry_after_ = std::min(seconds_of(*hint.retry_after), kMostRetryAfter);
  }
  if (!futility_.active() && (!cut_at_ || start.at > *cut_at_)) {
    cut_at_ = now;
    slow_down(start, hint, now);
  }
  refused_at_ = active(now);
}

// One congestion event.
void AdaptivePacer::slow_down(const Start& start, const ServerHint& hint, SteadyTime now) {
  const double t = active(now);
  const double answered = last_second_.answered_per_second(busy(now));
  const bool heavy = last_second_.heavily_refused(busy(now));
  const bool counted =
      hint.too_many || hint.retry_after || start.unanswered == 0 || limit_.value() <= 1;
  const bool found = resting() || ends_search(start, counted, answered, now);
  if (resting() && rate_.on()) {
    rate_.keep_to(t, rate_.top());
  }
  if (!rate_.on() && counted) {
    const bool sure = hint.too_many || hint.retry_after || last_second_.count() >= kTelling;
    rate_.switch_on(t, sure ? answered : std::max(answered, kUnsureRate), last_retry_after_);
  } else if (rate_.on() && windows_.row() <= 1 &&
             (start.by_rate || heavy || resting() || start.unanswered == 0 ||
              rate_.now() < kBinding * answered)) {
    rate_.lower(t, answered, last_retry_after_, heavy);
  }
  if (rate_.on() && !resting() && !limit_.slow_starting() && !start.by_rate &&
      rate_.now() > kFarFromBinding * answered) {
    limit_.step_down();
  }
  // Requests of one burst overtake each other on their way, so that the place may have gone to one
  // that started later: those unanswered now count as well. While the limit doubles they would not
  // do, since most of them are refused too.
  const int others = limit_.slow_starting()
                         ? start.unanswered
                         : std::max(start.unanswered, static_cast<int>(in_flight_.size()));
  limit_.on_refusal(others, rate_.on());
  if (found) {
    begin_rest(now);
  }
}

StartDecision AdaptivePacer::hold(SteadyTime at, PaceBound bound) {
  bound_ = bound;
  return {StartDecision::Kind::not_before, at, bound};
}

double AdaptivePacer::round_trip() const {
  return smoothed_round_trip_ > 0 ? smoothed_round_trip_ : kUnknownRoundTrip;
}

double AdaptivePacer::seconds(SteadyTime now) const {
  return seconds_of(now - *began_);
}

SteadyTime AdaptivePacer::at_seconds(double seconds) const {
  return *began_ + span_of(seconds);
}

}  // namespace dogged
