// SPDX-License-Identifier: MIT
#include "engine/shortage_limit.h"

#include <algorithm>
#include <chrono>

namespace dogged {
namespace {

constexpr std::chrono::seconds kAlone{1};
constexpr std::chrono::seconds kEaseAfter{60};
constexpr int kManyAtOnce = 1'000'000;  // nobody wants more

}  // namespace

void ShortageLimit::on_shortage(int others, SteadyTime now) {
  most_ = std::max(1, std::min(others, most_.value_or(others)));
  ease_at_ = now + kEaseAfter;
  if (others == 0) {
    ++vain_;
    hold_until_ = now + kAlone;
  }
}

bool ShortageLimit::eases(SteadyTime now) {
  if (hold_until_ && now >= *hold_until_) {
    hold_until_.reset();
  }
  if (!most_ || now < ease_at_) {
    return false;
  }
  ease_at_ = now + kEaseAfter;
  most_ = *most_ * 2;
  if (*most_ >= kManyAtOnce) {
    most_.reset();
  }
  return true;
}

int ShortageLimit::bounded(int wanted) const {
  return std::max(1, std::min(wanted, most_.value_or(wanted)));
}

}  // namespace dogged
