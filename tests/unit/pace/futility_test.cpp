// SPDX-License-Identifier: MIT
#include "pace/futility.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

// Endings at that rate, of which so many in a hundred are refused; whether slowing down was in
// vain.
bool in_vain(Futility& futility, double& now, double rate, int refused_of_100) {
  bool told = false;
  for (int i = 0; i < 300; ++i) {
    now += 1 / rate;
    told = futility.on_end(now, i * 37 % 100 < refused_of_100, rate / 10).has_value() || told;
  }
  return told;
}

TEST_CASE("where half the pace is refused as large a share, slowing down is in vain") {
  Futility futility;
  double now = 0;
  CHECK_FALSE(in_vain(futility, now, 100, 20));
  CHECK(in_vain(futility, now, 40, 20));
  CHECK(futility.active());
}

TEST_CASE("where half the pace is refused much less, it is not") {
  Futility futility;
  double now = 0;
  CHECK_FALSE(in_vain(futility, now, 100, 40));
  CHECK_FALSE(in_vain(futility, now, 40, 10));
}

TEST_CASE("where nearly everything is refused, an equal share at half the pace proves nothing") {
  Futility futility;
  double now = 0;
  CHECK_FALSE(in_vain(futility, now, 100, 90));
  CHECK_FALSE(in_vain(futility, now, 40, 85));
  CHECK_FALSE(futility.active());
}

}  // namespace
}  // namespace dogged
