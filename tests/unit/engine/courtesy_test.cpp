// SPDX-License-Identifier: MIT
#include "engine/courtesy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <initializer_list>

namespace dogged {
namespace {

TEST_CASE("all threads of a pool together weigh as much as one other thread") {
  CHECK(niceness_for(0) == 0);
  CHECK(niceness_for(1) == 0);
  for (const std::size_t threads : std::initializer_list<std::size_t>{2, 8, 16, 64}) {
    const double weight = static_cast<double>(threads) / std::pow(1.25, niceness_for(threads));
    CHECK(weight > 0.85);
    CHECK(weight < 1.15);
  }
  CHECK(niceness_for(10'000) == 19);  // there is no more
}

}  // namespace
}  // namespace dogged
