// SPDX-License-Identifier: MIT
#include "pace/rate_cap.h"

#include <algorithm>
#include <chrono>

namespace dogged {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

// By how much longer than asked a span is taken: a hundredth, 50 ms at most.
constexpr double kSlackShare = 0.01;
constexpr milliseconds kLongestSlack{50};

// From this spacing down one start may be caught up.
constexpr milliseconds kFineSpacing{2};
constexpr double kFineCount = 10;

SteadyTime::duration span_of(double in_seconds) {
  return std::chrono::duration_cast<SteadyTime::duration>(duration<double>(in_seconds));
}

}  // namespace

RateCap::RateCap(const std::optional<Rate>& rate) {
  if (!rate || rate->count <= 0) {
    return;
  }
  const double per = duration<double>(rate->per).count();
  const double span = per + std::min(per * kSlackShare, duration<double>(kLongestSlack).count());
  spacing_ = span_of(span / rate->count);
  if (spacing_ <= kFineSpacing && rate->count >= kFineCount) {
    // Catching up one start puts one more into a window; spacing for one less takes it out again.
    spacing_ = span_of(span / (rate->count - 1));
    catch_up_ = spacing_;
  }
}

std::optional<SteadyTime> RateCap::next(SteadyTime now) const {
  if (slot_ && now < *slot_ - catch_up_) {
    return *slot_ - catch_up_;
  }
  return std::nullopt;
}

void RateCap::on_start(SteadyTime now) {
  if (spacing_.count() > 0) {
    slot_ = (slot_ ? std::max(now, *slot_) : now) + spacing_;
  }
}

}  // namespace dogged
