// SPDX-License-Identifier: MIT
#include "pace/futility.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr int kWindow = 60;     // endings
constexpr double kMany = 0.05;  // share of refusals
// Where a rate lets less than a quarter through, half the pace is refused a share that is hardly
// smaller: that much proves nothing.
constexpr double kMost = 0.6;      // share of refusals
constexpr double kSlower = 0.5;    // of the reference's pace
constexpr double kNoBetter = 0.7;  // of the reference's share
constexpr double kWorse = 1.6;     // of the reference's share: it does depend on the pace

}  // namespace

std::optional<Futility::Pace> Futility::on_end(double now, bool refused, double limit) {
  if (!began_) {
    began_ = true;
    began_at_ = now;
  }
  ++endings_;
  refused_ += refused ? 1 : 0;
  most_limit_ = std::max(most_limit_, limit);
  if (endings_ < kWindow || now <= began_at_) {
    return std::nullopt;
  }
  const Window window{static_cast<double>(refused_) / endings_,
                      {endings_ / (now - began_at_), most_limit_}};
  endings_ = 0;
  refused_ = 0;
  most_limit_ = 0;
  began_at_ = now;
  return judge(window);
}

std::optional<Futility::Pace> Futility::judge(const Window& window) {
  if (window.share < kMany || window.share > kMost) {
    reference_.reset();
    active_ = false;
    return std::nullopt;
  }
  if (active_) {
    active_ = window.share < kWorse * reference_->share;
    if (!active_) {
      reference_.reset();
    }
    return std::nullopt;
  }
  if (!reference_ || window.pace.rate > reference_->pace.rate) {
    reference_ = window;
    return std::nullopt;
  }
  if (window.pace.rate > kSlower * reference_->pace.rate) {
    return std::nullopt;
  }
  if (window.share < kNoBetter * reference_->share) {
    return std::nullopt;
  }
  active_ = true;
  return reference_->pace;
}

}  // namespace dogged
