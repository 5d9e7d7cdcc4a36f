// SPDX-License-Identifier: MIT
#pragma once

#include "engine/attempt.h"
#include "job/retry_policy.h"
#include "store/job_store.h"

namespace dogged {

// The job goes back as it was: the attempt has not happened.
Settlement given_back(JobId job, std::int64_t epoch);
inline Settlement given_back(const LeasedJob& job) {
  return given_back(job.id, job.epoch);
}

// What the ending of an attempt makes of its job, by its verdict and nothing else. `uniform`: a
// random number in [0, 1) for the backoff. Takes the answer out of `ended`.
Settlement settlement_of(EndedAttempt& ended, const RetryPolicy& policy, double uniform,
                         WallTime now);

// Where the clock was set back since `s` was decided (it may have been held for long): what it
// waits for is as far ahead as it was then.
void keep_wait(Settlement& s, WallTime now);

}  // namespace dogged
