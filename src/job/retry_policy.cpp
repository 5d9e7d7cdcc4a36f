// SPDX-License-Identifier: MIT
#include "job/retry_policy.h"

#include <algorithm>

namespace dogged {

Millis RetryPolicy::backoff(int tries, double uniform, Millis floor) const {
  // Doubled until the cap is reached rather than shifted by `tries`, which may be any number.
  Millis ceiling = std::min(base, cap);
  for (int doubled = 1; doubled < tries && ceiling.count() > 0 && ceiling < cap; ++doubled) {
    ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
  }
  const Millis jittered(static_cast<Millis::rep>(uniform * static_cast<double>(ceiling.count())));
  return std::max(jittered, floor);
}

}  // namespace dogged
