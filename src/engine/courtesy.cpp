// SPDX-License-Identifier: MIT
#include "engine/courtesy.h"

#include "base/this_thread.h"

#include <algorithm>
#include <cmath>

namespace dogged {
namespace {

constexpr double kWeightOfStep = 1.25;
constexpr double kMostNice = 19;

}  // namespace

void Courtesy::went_on(std::size_t threads) {
  if (!stepped_back_ && ++in_a_row_ == kOrdersWithoutRest) {
    nice_this_thread(niceness_for(threads));
    stepped_back_ = true;
  }
}

int niceness_for(std::size_t threads) {
  const double steps =
      std::log(std::max<double>(1, static_cast<double>(threads))) / std::log(kWeightOfStep);
  return static_cast<int>(std::min(std::round(steps), kMostNice));
}

}  // namespace dogged
