// SPDX-License-Identifier: MIT
// What goes beyond single requests: outages, what was learned, what is left to others.
#include "pace/adaptive_pacer.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kMostRetryAfter = 60;   // seconds that may shape the start rate
constexpr double kFirstAfterOutage = 2;  // requests at once
constexpr double kRest = 600;            // seconds
constexpr double kLongestSearch = 60;    // seconds in which refusals may not tell enough
constexpr double kLeastServed = 5;       // seconds
constexpr double kMostServed = 20;       // seconds
constexpr double kTellingStarts = 100;   // many more than are saved up
constexpr double kUnrefused = 10;        // seconds
constexpr double kSteep = 1.05;          // start rate to answers

// `pause`: what the rest of a window took; one must be over.
double telling_span(double rate, double pause) {
  return std::max(pause, std::clamp(kTellingStarts / rate, kLeastServed, kMostServed));
}

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
  refused_at_ = active(now);
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

// Whether a refusal tells the server's limit well enough to rest on it. The first ones do not: of
// a rate they come while it is guessed from a fraction of a second, of the requests at once in slow
// start. A rate must have been served for a while, lest a burst that was saved up, or the beginning
// of a window, be taken for it, and must not have risen steeply.
bool AdaptivePacer::ends_search(const Start& start, bool counted, double answered, SteadyTime now) {
  search_began_ = search_began_.value_or(seconds(now));
  const double searched = seconds(now) - *search_began_;
  const double served = active(now) - refused_at_;
  if (searched > kLongestSearch) {
    return true;
  }
  if (rate_.on()) {
    return served >= telling_span(rate_.top(), last_retry_after_) &&
           rate_.now() < kSteep * answered && (start.by_rate || start.unanswered == 0);
  }
  return !counted && searched >= kLeastServed && limit_.is_found();
}

// Looking up further would take long: what is served is found.
bool AdaptivePacer::nothing_is_refused(SteadyTime now) const {
  return search_began_ && share_ < 1 && rate_.on() && rate_.now() >= rate_.top() &&
         active(now) - refused_at_ >=
             std::max(kUnrefused, telling_span(rate_.top(), last_retry_after_));
}

void AdaptivePacer::begin_rest(SteadyTime now) {
  search_began_.reset();
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
