// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>

namespace dogged {

// When a job is asked again, and when it is given up. The times are "full jitter" (Marc Brooker,
// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): uniform between 0 and the
// ceiling. Pure; the caller brings the randomness.
struct RetryPolicy {
  int max_attempts = 8;                 // every ended request counts, the first too; 0: no limit
  std::optional<Millis> give_up_after;  // since the job's first attempt; off
  Millis base{500};                     // ceiling of the first wait
  Millis cap{30'000};                   // no ceiling grows past it

  // `tries`: how often the job was sent back so far, this time included (1 or more).
  // `uniform`: a random number in [0, 1). `floor`: the server's Retry-After, or 0.
  Millis backoff(int tries, double uniform, Millis floor) const;

  bool exhausted(int attempts) const { return max_attempts > 0 && attempts >= max_attempts; }
};

// Leases in a row that ended with the worker's death, after which a job is failed: it may be what
// kills them.
inline constexpr int kMaxDeaths = 3;

}  // namespace dogged
