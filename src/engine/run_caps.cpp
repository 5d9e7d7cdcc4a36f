// SPDX-License-Identifier: MIT
#include "engine/run_caps.h"

#include <algorithm>
#include <utility>

namespace dogged {

RunOptions capped(RunOptions options, const LimitSpec& limits) {
  if (limits.max_concurrency) {
    options.max_concurrency = std::min(options.max_concurrency, *limits.max_concurrency);
    options.max_concurrency_is_cap = true;
  }
  options.max_concurrency = std::max(1, options.max_concurrency);
  if (limits.rate && (!options.rate || limits.rate->per_second() < options.rate->per_second())) {
    options.rate = limits.rate;
  }
  return options;
}

}  // namespace dogged
