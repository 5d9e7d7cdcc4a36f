// SPDX-License-Identifier: MIT
#include "engine/outage_hold.h"

#include <utility>

namespace dogged {

void OutageHold::charge(std::vector<Settlement>& settle) {
  for (Either& either : held_) {
    settle.push_back(std::move(either.charged));
  }
  held_.clear();
}

void OutageHold::let_off(std::vector<Settlement>& settle) {
  for (Either& either : held_) {
    settle.push_back(std::move(either.free));
  }
  held_.clear();
}

}  // namespace dogged
