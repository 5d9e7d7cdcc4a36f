// SPDX-License-Identifier: MIT
#include "pace/start_rate.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kLeastTop = 0.5;   // starts per second
constexpr double kLeastRate = 0.2;  // starts per second
constexpr double kFirstDepth = 0.15;
constexpr double kLeastDepth = 0.03;
constexpr double kMostGrowth = 3;
constexpr double kLeastSpan = 1;  // seconds
constexpr double kRestSpan = 5;   // seconds between probes, at least, when it has settled
constexpr double kRefusedShare = 0.005;
constexpr double kSpanOfPause = 50;    // a pause is to take 1 % of the time, with two probes in it
constexpr double kLeastBetween = 0.1;  // seconds from one lowering to the next
constexpr double kRamp = 2;            // seconds
// Starts missed for that long are caught up: a thread wakes late, the machine is busy.
constexpr double kCatchUp = 0.02;

double shortest_span(double retry_after) {
  return std::max(kLeastSpan, 2 * retry_after);
}

}  // namespace

double StartRate::at(double now) const {
  const double x = std::max(0.0, now - began_) / span_ - 1;
  const double r = top_ * (1 + std::min(kMostGrowth, depth_ * x * x * x));
  const double ramp = now >= ramp_end_ ? 1 : 1 - 0.5 * (ramp_end_ - now) / kRamp;
  return std::max(kLeastRate, r * ramp);
}

void StartRate::on_start(double now) {
  rate_ = at(now);
  if (rate_ >= (1 + kMostGrowth) * top_) {  // far from anything known: look on from here, quickly
    keep_to(now, rate_);
  }
  const double gap = 1 / rate_;
  slot_ = std::max(slot_, now - std::max(gap, kCatchUp)) + gap;
}

void StartRate::switch_on(double now, double answer_rate, double retry_after) {
  on_ = true;
  depth_ = kFirstDepth;
  top_ = std::max(kLeastTop, answer_rate * 0.97);
  span_ = shortest_span(retry_after);
  began_ = now;
  ramp_end_ = now;
  lowered_at_ = now;
  rate_ = at(now);
  slot_ = now + 1 / rate_;
}

void StartRate::lower(double now, double answer_rate, double retry_after, bool heavy) {
  if (now - lowered_at_ < (heavy ? 1 : kLeastBetween)) {
    return;  // what is measured is mostly of before
  }
  lowered_at_ = now;
  const double r = at(now);
  const bool late = now - began_ > 4 * span_;
  const double longest = std::max(
      {kRestSpan, 0.5 / kRefusedShare / std::max(kLeastTop, top_), kSpanOfPause * retry_after});
  top_ = heavy ? std::min(r, answer_rate) : std::min(r * 0.99, std::max(answer_rate, 0.5 * r));
  top_ = std::max(kLeastTop, top_);
  span_ = heavy || late ? shortest_span(retry_after) : std::min(longest, span_ * 2);
  depth_ = std::max(kLeastDepth, depth_ / 2);
  began_ = now;
  ramp_end_ = now;
  rate_ = at(now);
}

void StartRate::resume(double now, double retry_after) {
  depth_ = kFirstDepth;
  span_ = shortest_span(retry_after);
  ramp_end_ = now + kRamp;
  began_ = ramp_end_ - span_;  // the cubic's flat part comes when the ramp is over
  rate_ = at(now);
  slot_ = now;
}

void StartRate::keep_to(double now, double rate, double pause) {
  on_ = true;
  top_ = std::max(kLeastTop, rate);
  depth_ = kFirstDepth;
  span_ = shortest_span(pause);
  began_ = now - span_;
  ramp_end_ = now;
  rate_ = at(now);
}

}  // namespace dogged
