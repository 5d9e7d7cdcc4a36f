// SPDX-License-Identifier: MIT
#include "pace/announced_pace.h"

#include <algorithm>
#include <chrono>

namespace dogged {
namespace {

constexpr double kJustUnder = 0.99;
constexpr int kMostSilent = 20;
constexpr double kCatchUp = 0.02;  // seconds
constexpr double kTick = 1e-6;  // seconds: who wakes at the moment told must not be told it again

}  // namespace

void AnnouncedPace::on_end(const ServerHint& hint, int in_flight, double now) {
  const bool tells_rest = hint.remaining && hint.reset;
  if (!hint.announced_rate && !tells_rest) {
    if (++silent_ >= kMostSilent) {
      *this = {};
    }
    return;
  }
  silent_ = 0;
  rate_ = hint.announced_rate;
  room_until_ = 0;
  if (tells_rest) {
    room_ = *hint.remaining - in_flight;
    room_until_ = now + std::chrono::duration<double>(*hint.reset).count();
  }
}

std::optional<double> AnnouncedPace::rate() const {
  return rate_ ? std::optional<double>(*rate_ * kJustUnder) : std::nullopt;
}

bool AnnouncedPace::has_room(int in_flight, double now) const {
  return in_flight == 0 || room_ >= 1 || now >= room_until_ - kTick;
}

void StartSpacing::on_start(double rate, double now) {
  const double late = std::max(0.0, now - next(rate));
  last_ = now - std::min(late, kCatchUp);
}

}  // namespace dogged
