// SPDX-License-Identifier: MIT
#include "pace/window_watch.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kShort = 2.5;        // seconds; windows of a second, and the probe's delay
constexpr double kLongestCount = 90;  // seconds; windows of a minute
// A server that comes up and falls down at once takes a few requests in between.
constexpr int kServed = 8;
// The first pause may have begun late in its window. One much longer than that is an outage.
constexpr double kAlike = 4;

}  // namespace

void WindowWatch::on_answer() {
  ++answers_;
  row_ = {};
}

void WindowWatch::on_failure(double now, bool refused, bool too_many) {
  if (row_.length++ == 0) {
    row_.began = now;
  }
  row_.last = now;
  row_.only_refusals = row_.only_refusals && refused;
  row_.too_many = row_.too_many && too_many;
}

std::optional<WindowWatch::Found> WindowWatch::on_end(double now) {
  if (row_.length == 0) {  // another worker found the outage
    row_.began = row_.last = now;
    row_.only_refusals = false;
  }
  const double ended = (row_.last + now) / 2;  // somewhere between two probes
  const double pause = ended - row_.began;
  std::optional<Found> found;
  if (answers_ > 0 && is_window(pause)) {
    found = Found{answers_ / std::max(1e-3, ended - cycle_began_), pause};
  }
  former_pause_ = pause;
  cycle_began_ = ended;
  answers_ = 0;
  return found;
}

bool WindowWatch::is_window(double pause) const {
  if (!row_.only_refusals) {
    return false;
  }
  const double served_for = row_.began - cycle_began_;
  return pause <= kShort || (row_.too_many && pause <= kLongestCount) ||
         (answers_ >= kServed && pause <= kAlike * former_pause_ &&
          served_for < std::min(pause, 2 * former_pause_));
}

}  // namespace dogged
