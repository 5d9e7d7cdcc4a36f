// SPDX-License-Identifier: MIT
#include "pace/breaker.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr int kFailures = 20;
constexpr int kTimeouts = 10;
// A fast server refuses that many within a few milliseconds of the first burst: no outage yet.
constexpr double kLeastRow = 0.1;  // seconds
constexpr double kFirstInterval = 0.5;
constexpr double kLongestInterval = 4;
constexpr double kLongAfter = 600;  // an outage that long is asked less often
constexpr double kLongestIntervalThen = 60;

}  // namespace

bool Breaker::on_failure(double now, PaceSignal signal) {
  if (failures_++ == 0) {
    first_failure_ = now;
  }
  const bool burst = signal == PaceSignal::refused && now - first_failure_ < kLeastRow;
  if (failures_ < (signal == PaceSignal::timed_out ? kTimeouts : kFailures) || burst) {
    return false;
  }
  open_at(now);
  return true;
}

void Breaker::open_at(double now) {
  open_ = true;
  opened_at_ = now;
  probing_ = false;
  interval_ = kFirstInterval;
  next_ = now + jittered();
}

bool Breaker::on_answer() {
  failures_ = 0;
  const bool was_open = open_;
  open_ = false;
  probing_ = false;
  return was_open;
}

std::optional<double> Breaker::next_probe() const {
  return probing_ ? std::nullopt : std::optional<double>(next_);
}

void Breaker::on_probe_failed(double now) {
  probing_ = false;
  const double longest = now - opened_at_ > kLongAfter ? kLongestIntervalThen : kLongestInterval;
  interval_ = std::min(longest, interval_ * 2);
  next_ = now + jittered();
}

// Half to all of the interval, by splitmix64 (Steele, Lea and Flood, 2014).
double Breaker::jittered() {
  random_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = random_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  z ^= z >> 31U;
  return interval_ * (0.5 + 0.5 * (static_cast<double>(z >> 11U) * 0x1.0p-53));
}

}  // namespace dogged
