// SPDX-License-Identifier: MIT
#include "pace/simple_pacer.h"

#include <algorithm>
#include <cmath>

namespace dogged {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kFirstLimit = 4;
constexpr double kLeastLimit = 1;
constexpr seconds kGrowEvery{1};
constexpr milliseconds kUnknownRoundTrip{100};
constexpr milliseconds kLongestSpread{1'000};
constexpr double kSmoothing = 0.125;  // RFC 6298's alpha

// By how much longer than asked a span is taken: a hundredth, 50 ms at most.
constexpr double kSlackShare = 0.01;
constexpr milliseconds kLongestSlack{50};

// From this spacing down one start may be caught up.
constexpr milliseconds kFineSpacing{2};
constexpr double kFineCount = 10;

double seconds_of(SteadyTime::duration span) {
  return duration<double>(span).count();
}

SteadyTime::duration span_of(double in_seconds) {
  return duration_cast<SteadyTime::duration>(duration<double>(in_seconds));
}

std::int64_t second_of(SteadyTime t) {
  return duration_cast<seconds>(t.time_since_epoch()).count();
}

}  // namespace

SimplePacer::SimplePacer(const PaceCaps& caps)
    : max_concurrency_(std::max(1, caps.max_concurrency)),
      limit_(std::min<double>(kFirstLimit, max_concurrency_)) {
  if (!caps.rate || caps.rate->count <= 0) {
    return;
  }
  const double per = seconds_of(caps.rate->per);
  const double span = per + std::min(per * kSlackShare, seconds_of(kLongestSlack));
  const double count = caps.rate->count;
  spacing_ = span_of(span / count);
  if (spacing_ <= kFineSpacing && count >= kFineCount) {
    // Catching up one start puts one more into a window; spacing for one less takes it out again.
    spacing_ = span_of(span / (count - 1));
    catch_up_ = spacing_;
  }
}

StartDecision SimplePacer::next_start(SteadyTime now) {
  advance(now);
  if (wait_until_) {
    return hold(*wait_until_, PaceBound::server_wait);
  }
  const std::size_t taken = in_flight_.size() + kept_places_.size();
  if (static_cast<double>(taken) >= std::floor(limit_)) {
    pressed_ = true;
    const bool at_cap = limit_ >= max_concurrency_;
    bound_ = at_cap ? PaceBound::concurrency : PaceBound::server;
    std::optional<SteadyTime> at;
    if (!kept_places_.empty()) {
      at = *kept_places_.begin();
    }
    if (!at_cap && grow_at_) {
      at = at ? std::min(*at, *grow_at_) : *grow_at_;
    }
    if (!at) {
      return {StartDecision::Kind::on_ending, now, bound_};
    }
    return hold(*at, bound_);
  }
  if (spread_left_ > 0 && now < spread_slot_) {
    return hold(spread_slot_, PaceBound::server_wait);
  }
  if (rate_slot_ && now < *rate_slot_ - catch_up_) {
    return hold(*rate_slot_ - catch_up_, PaceBound::rate_cap);
  }
  return {StartDecision::Kind::now, now, PaceBound::none};
}

Pacer::StartId SimplePacer::on_start(SteadyTime now) {
  advance(now);
  if (!grow_at_) {
    grow_at_ = now + kGrowEvery;
  }
  if (spacing_.count() > 0) {
    rate_slot_ = (rate_slot_ ? std::max(now, *rate_slot_) : now) + spacing_;
  }
  if (spread_left_ > 0) {
    --spread_left_;
    const double gap = std::min(seconds_of(round_trip()) / limit_, seconds_of(kLongestSpread));
    spread_slot_ = now + span_of(gap);
  }
  const StartId id = next_id_++;
  in_flight_.emplace(id, now);
  return id;
}

void SimplePacer::on_end(StartId start, PaceSignal signal, const ServerHint& hint, SteadyTime now) {
  const auto found = in_flight_.find(start);
  if (found == in_flight_.end()) {
    return;
  }
  advance(now);
  const Span took = now - found->second;
  if (signal == PaceSignal::answered) {
    answers_.count(now);
    smoothed_round_trip_ = smoothed_round_trip_
                               ? span_of(seconds_of(*smoothed_round_trip_) * (1 - kSmoothing) +
                                         seconds_of(took) * kSmoothing)
                               : took;
  } else if (signal == PaceSignal::refused) {
    on_refusal(start, now);
  }
  in_flight_.erase(found);
  if (hint.retry_after && hint.retry_after->count() > 0) {
    hold_until(now + *hint.retry_after);
  }
}

void SimplePacer::hold_until(SteadyTime until) {
  wait_until_ = wait_until_ ? std::max(*wait_until_, until) : until;
}

PaceView SimplePacer::view(SteadyTime now) const {
  PaceView view{};
  view.concurrency_limit = limit_;
  view.in_flight = static_cast<int>(in_flight_.size());
  view.answers_per_second = answers_.per_second(now);
  view.bound = bound_;
  if (wait_until_ && *wait_until_ > now) {
    view.wait_until = wait_until_;
  }
  return view;
}

// Lets what is over be over: a wait, kept places, a second without a refusal.
void SimplePacer::advance(SteadyTime now) {
  if (wait_until_ && *wait_until_ <= now) {
    spread_left_ = static_cast<int>(std::ceil(limit_));
    spread_slot_ = *wait_until_;
    grow_at_ = now + kGrowEvery;
    wait_until_.reset();
  }
  kept_places_.erase(kept_places_.begin(), kept_places_.upper_bound(now));
  if (grow_at_ && *grow_at_ <= now && !wait_until_) {
    if (pressed_) {
      limit_ = std::min<double>(limit_ + 1, max_concurrency_);
    }
    pressed_ = false;
    grow_at_ = now + kGrowEvery;
  }
}

void SimplePacer::on_refusal(StartId start, SteadyTime now) {
  if (start >= cut_at_) {
    const double used = std::min(limit_, static_cast<double>(in_flight_.size()));
    limit_ = std::max(kLeastLimit, std::floor(used / 2));
    cut_at_ = next_id_;
  }
  pressed_ = false;
  grow_at_ = now + kGrowEvery;
  kept_places_.insert(now + round_trip());
}

SimplePacer::Span SimplePacer::round_trip() const {
  return smoothed_round_trip_.value_or(kUnknownRoundTrip);
}

StartDecision SimplePacer::hold(SteadyTime at, PaceBound bound) {
  bound_ = bound;
  return {StartDecision::Kind::not_before, at, bound};
}

void SimplePacer::Meter::count(SteadyTime now) {
  if (!first_) {
    first_ = now;
  }
  const std::int64_t second = second_of(now);
  const auto slot = static_cast<std::size_t>(second % (kSeconds + 1));
  if (seconds_[slot] != second) {
    seconds_[slot] = second;
    counts_[slot] = 0;
  }
  ++counts_[slot];
}

double SimplePacer::Meter::per_second(SteadyTime now) const {
  if (!first_) {
    return 0;
  }
  const std::int64_t second = second_of(now);
  std::int64_t sum = 0;
  for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
    if (seconds_[slot] > second - (kSeconds + 1) && seconds_[slot] <= second) {
      sum += counts_[slot];
    }
  }
  // The present second is not over: only its part counts.
  const double of_this_second = seconds_of(now.time_since_epoch()) - static_cast<double>(second);
  const double window = std::min(static_cast<double>(kSeconds) + of_this_second,
                                 std::max(seconds_of(now - *first_), 0.2));
  return static_cast<double>(sum) / window;
}

}  // namespace dogged
