// SPDX-License-Identifier: MIT
// What goes beyond single requests: outages, what was learned, what is left to others.
#include "pace/adaptive_pacer.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kMostRetryAfter = 60;   // seconds that may shape the start rate
constexpr double kFirstAfterOutage = 2;  // requests at once
constexpr double kRest = 600;            // seconds

}  // namespace

void AdaptivePacer::open_outage(SteadyTime now) {
  end_idling(now);  // an outage is none: what is measured after it begins with its end
  outage_since_ = now;
  limit_before_outage_ = limit_.value();
  rate_ = rate_before_;
  futility_.reset();
  kept_places_.clear();
  spread_left_ = 0;
}

void AdaptivePacer::close_outage(SteadyTime now) {
  outage_since_.reset();
  const auto window = windows_.on_end(busy(now));
  limit_.restart(seconds(now), window || resting() ? limit_before_outage_ : kFirstAfterOutage);
  last_second_.restart(busy(now));
  if (window) {
    last_retry_after_ = std::min(window->pause, kMostRetryAfter);
    rate_.keep_to(active(now), window->rate, last_retry_after_);
  } else if (rate_.on()) {
    rate_.resume(active(now), last_retry_after_);
  }
}

void AdaptivePacer::join_outage(SteadyTime now) {
  advance(now);
  if (!breaker_.open()) {
    if (breaker_.failures() == 0) {
      rate_before_ = rate_;
    }
    breaker_.open_at(seconds(now));
    open_outage(now);
  }
}

void AdaptivePacer::leave_outage(SteadyTime now) {
  advance(now);
  if (breaker_.on_answer()) {
    close_outage(now);
  }
}

void AdaptivePacer::limit_concurrency(int most) {
  limit_.set_most(std::max(1, most));
}

void AdaptivePacer::start_near(const LearnedPace& pace, SteadyTime now) {
  advance(now);
  limit_.restart(seconds(now), pace.concurrency);
  if (pace.rate) {
    rate_.keep_to(active(now), *pace.rate);
  }
  begin_rest(now);
}

std::optional<LearnedPace> AdaptivePacer::learned() const {
  if (!answered_) {
    return std::nullopt;
  }
  LearnedPace pace;
  pace.concurrency = breaker_.open() ? limit_before_outage_ : limit_.value();
  if (rate_.on()) {
    pace.rate = rate_.top();
  }
  if (const auto most = announced_.rate()) {
    pace.rate = std::min(*most, pace.rate.value_or(*most));
  }
  return pace;
}

void AdaptivePacer::begin_rest(SteadyTime now) {
  if (share_ < 1) {
    rest_until_ = seconds(now) + kRest;
  }
}

void AdaptivePacer::end_rest(SteadyTime now) {
  rest_until_.reset();
  if (rate_.on()) {
    rate_.keep_to(active(now), rate_.top());
  }
}

// Half the rate brings half as many at once by itself.
double AdaptivePacer::our_limit() const {
  return limit_.value() * (resting() && !rate_.on() ? share_ : 1);
}

std::optional<double> AdaptivePacer::most_per_second() const {
  std::optional<double> most = announced_.rate();
  if (resting() && rate_.on()) {
    most = std::min(rate_.top(), most.value_or(rate_.top()));
  }
  return most ? std::optional<double>(*most * share_) : std::nullopt;
}

}  // namespace dogged
