// SPDX-License-Identifier: MIT
// What comes from and goes to beyond single requests: outages, and what was learned.
#include "pace/adaptive_pacer.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kFirstAfterOutage = 2;  // requests at once

}  // namespace

void AdaptivePacer::open_outage(SteadyTime now) {
  outage_since_ = now;
  limit_before_outage_ = limit_.value();
  rate_ = rate_before_;
  futility_.reset();
  kept_places_.clear();
  spread_left_ = 0;
}

void AdaptivePacer::close_outage(SteadyTime now) {
  outage_since_.reset();
  limit_.restart(seconds(now), kFirstAfterOutage);
  last_second_.restart(busy(now));
  if (rate_.on()) {
    rate_.resume(active(now));
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

}  // namespace dogged
