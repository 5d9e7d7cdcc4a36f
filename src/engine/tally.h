// SPDX-License-Identifier: MIT
#pragma once

#include "engine/run.h"
#include "job/job_state.h"

#include <cstdint>
#include <optional>
#include <string>

namespace dogged {

// What one run has done so far.
struct Tally {
  std::int64_t done = 0, not_found = 0, failed = 0;      // jobs settled
  std::int64_t requests = 0, refusals = 0, retries = 0;  // that ended

  std::int64_t settled() const { return done + not_found + failed; }
  // A job was settled so (by = 1), or turned out not to be (by = -1).
  void count(JobState to, std::int64_t by);
  // Why --max-errors ends the run; nothing while it does not.
  std::optional<std::string> too_many_errors(const RunOptions& options) const;
};

}  // namespace dogged
