// SPDX-License-Identifier: MIT
#include "pace/concurrency_limit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dogged {
namespace {

constexpr double kFirst = 4;
constexpr double kRefusedShare = 0.005;  // the stair's step up
constexpr double kQuickGrowth = 1.3;     // round trips up to that many times the lowest: no queue
constexpr double kLeastGain = 1.3;       // of answers, for a doubled limit
constexpr double kLeastMeasured = 30;    // answers
constexpr double kCut = 0.7;
constexpr double kTrial = 0.15;
constexpr double kLeastUpGain = 0.01;
constexpr double kMostDownLoss = 0.005;
constexpr double kProportional = 0.7;
constexpr double kFew = 4;
constexpr double kShortRest = 2;  // seconds
constexpr double kLongRest = 20;

// A server that near, in seconds, answers hundreds of times while one of our threads waits for a
// processor. There round trips tell nothing of queues, and answers do only when they are counted
// for longer than such waits and a commit take.
constexpr double kNear = 0.005;
constexpr double kLeastStepIfNear = 0.05;
constexpr double kLeastTrialIfNear = 0.25;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(double most)
    : most_(std::max(1.0, most)),
      limit_(std::min(kFirst, most_)),
      lowest_round_trip_(std::numeric_limits<double>::infinity()),
      rest_(kShortRest) {
  step_.target = std::min(most_, 2 * limit_);
}

// A raised cap is looked into at once: what was found before was the cap.
void ConcurrencyLimit::set_most(double most) {
  const bool was_at_cap = at_cap();
  const bool raised = most > most_;
  most_ = most;
  limit_ = std::min(limit_, most_);
  former_limit_ = std::min(former_limit_, most_);  // a trial may go back to it
  step_.target = std::min(step_.target, most_);
  if (raised && was_at_cap) {
    step_.target = std::min(most_, 2 * limit_);
    mode_ = Mode::slow_start;
    phase_ = Phase::rest;
  }
}

bool ConcurrencyLimit::is_near() const {
  return lowest_round_trip_ < kNear;
}

double ConcurrencyLimit::trial_span(const Facts& facts) const {
  const double least = is_near() ? kLeastTrialIfNear : 0;
  return std::min(10.0,
                  std::max({least, 10 * facts.round_trip, 300 / std::max(1.0, facts.answer_rate)}));
}

int ConcurrencyLimit::permits() const {
  return std::max(1, static_cast<int>(limit_));
}

bool ConcurrencyLimit::is_full(int in_flight) const {
  return in_flight >= (mode_ == Mode::slow_start ? 0.5 : 0.8) * limit_ - 1;
}

void ConcurrencyLimit::on_answer(const Facts& facts) {
  ++answers_since_refusal_;
  switch (mode_) {
    case Mode::slow_start:
      slow_start(facts);
      break;
    case Mode::stair:
      if (facts.full) {
        grow(climbing_ && !facts.paced ? 1 / limit_ : kRefusedShare);
      }
      if (answers_since_refusal_ * kRefusedShare > 3 && !facts.paced) {
        restart(facts.now, limit_);  // the ceiling has moved away
      }
      break;
    case Mode::trial:
      if (!facts.paced) {
        run_trial(facts);
      } else if (facts.full) {
        grow(kRefusedShare);
      }
      break;
  }
}

void ConcurrencyLimit::on_refusal(int unanswered, bool paced) {
  if (mode_ == Mode::slow_start) {
    mode_ = Mode::stair;
    limit_ = std::max(1.0, static_cast<double>(unanswered));
    climbing_ = true;
  } else if (!paced) {
    if (mode_ == Mode::trial && (phase_ == Phase::up || phase_ == Phase::down)) {
      limit_ = former_limit_;
    }
    mode_ = Mode::stair;
    limit_ = std::max(1.0, std::min(limit_ - 1, static_cast<double>(unanswered)));
    climbing_ = false;
  }
  phase_ = Phase::rest;
  answers_since_refusal_ = 0;
}

void ConcurrencyLimit::step_down() {
  limit_ = std::max(std::min(2.0, most_), limit_ - 1);
}

void ConcurrencyLimit::cut() {
  mode_ = Mode::stair;
  climbing_ = false;
  phase_ = Phase::rest;
  answers_since_refusal_ = 0;
  limit_ = std::max(1.0, limit_ * kCut);
}

void ConcurrencyLimit::restart(double now, double limit) {
  mode_ = Mode::slow_start;
  phase_ = Phase::rest;
  answers_since_refusal_ = 0;
  limit_ = std::min(most_, limit);
  step_ = {now, 0, std::min(most_, 2 * limit_), 0};
}

void ConcurrencyLimit::slow_start(const Facts& facts) {
  if (limit_ < step_.target) {
    if (facts.full) {
      limit_ = std::min(step_.target, limit_ + 1);
      step_.reached_at = facts.now + facts.round_trip;
      step_.answers = 0;
    }
    return;
  }
  if (facts.now < step_.reached_at) {
    return;
  }
  ++step_.answers;
  lowest_round_trip_ = std::min(lowest_round_trip_, facts.round_trip);
  const bool quick = !is_near() && facts.round_trip < kQuickGrowth * lowest_round_trip_;
  const bool counted = step_.answers >= std::max(kLeastMeasured, 2 * step_.target) &&
                       (!is_near() || facts.now >= step_.reached_at + kLeastStepIfNear);
  if (!quick && !counted) {
    return;
  }
  const double rate = quick ? step_.target / facts.round_trip
                            : step_.answers / std::max(1e-6, facts.now - step_.reached_at);
  if (!quick && step_.rate > 0 && rate < kLeastGain * step_.rate) {
    limit_ = std::max(std::min(2.0, most_), limit_ / 2);
    enter_trial(facts.now + 3 * facts.round_trip);
  } else if (at_cap()) {
    enter_trial(facts.now + 3 * facts.round_trip);
  } else {
    step_ = {facts.now, 0, std::min(most_, 2 * limit_), rate};
  }
}

void ConcurrencyLimit::enter_trial(double first_at) {
  mode_ = Mode::trial;
  phase_ = Phase::rest;
  next_trial_ = first_at;
}

void ConcurrencyLimit::run_trial(const Facts& facts) {
  if (phase_ == Phase::rest) {
    if (facts.now >= next_trial_ && less_is_pointless(facts)) {
      next_trial_ = facts.now + rest_;
    } else if (facts.now >= next_trial_) {
      phase_ = Phase::base;
      phase_begins_ = facts.now;
      phase_ends_ = facts.now + trial_span(facts);
      phase_answers_ = 0;
    }
    return;
  }
  if (facts.now >= phase_begins_) {
    ++phase_answers_;
  }
  if (facts.now < phase_ends_) {
    return;
  }
  if (phase_ == Phase::base) {
    begin_phase(facts);
  } else {
    judge_phase(facts);
  }
}

// At the cap less is all that could be tried: for nothing where answers are no slower than they
// were, and dearly where the cap is a few.
bool ConcurrencyLimit::less_is_pointless(const Facts& facts) const {
  return at_cap() && (limit_ < kFew || facts.round_trip < kQuickGrowth * lowest_round_trip_);
}

void ConcurrencyLimit::begin_phase(const Facts& facts) {
  former_rate_ = phase_answers_ / (facts.now - phase_begins_);
  former_limit_ = limit_;
  const bool up = (upward_ || limit_ < 3) && !at_cap();
  const double by = std::max(1.0, kTrial * limit_);
  limit_ = std::clamp(up ? limit_ + by : limit_ - by, 1.0, most_);
  phase_ = up ? Phase::up : Phase::down;
  phase_begins_ = facts.now + 2 * facts.round_trip;
  phase_ends_ = phase_begins_ + trial_span(facts);
  phase_answers_ = 0;
}

void ConcurrencyLimit::judge_phase(const Facts& facts) {
  const double rate = phase_answers_ / (facts.now - phase_begins_);
  const double gain = rate / std::max(1e-9, former_rate_) - 1;
  const bool up = phase_ == Phase::up;
  phase_ = Phase::rest;
  const bool keep = up ? gain > kLeastUpGain : gain > -kMostDownLoss;
  // Near by, a tenth more may be chance, and the next trials climb soon enough.
  if (keep && up && !is_near() && gain > kProportional * (limit_ / former_limit_ - 1)) {
    restart(facts.now, limit_);
    return;
  }
  if (keep) {
    misses_ = 0;
    rest_ = kShortRest;
  } else {
    limit_ = former_limit_;
    ++misses_;
    upward_ = !up;
  }
  // Neither direction pays: rest for a while. At the cap there is only one.
  const bool rest = misses_ >= 2 || (misses_ > 0 && at_cap());
  if (rest) {
    misses_ = 0;
    rest_ = std::min(kLongRest, rest_ * 1.5);
  }
  next_trial_ = facts.now + (rest ? rest_ : 2 * facts.round_trip);
}

void ConcurrencyLimit::grow(double by) {
  limit_ = std::min(most_, limit_ + by);
}

}  // namespace dogged
