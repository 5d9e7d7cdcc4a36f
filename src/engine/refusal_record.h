// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"

#include <cstdint>
#include <unordered_map>

namespace dogged {

// Tells a job that the server always refuses from a busy server: one that was refused 20 times
// while at least 100 others were answered has its own fault. Holds the jobs that were refused in
// this run and not answered since, as many as are worth their memory. Pure; one thread at a
// time.
class RefusalRecord {
 public:
  // A job was refused, when so many had been answered in this run. True where that is its own
  // fault: it counts as an attempt.
  bool is_own_fault(JobId job, std::int64_t answered);
  void forget(JobId job) { refused_.erase(job); }

 private:
  struct Count {
    int refusals = 0;
    std::int64_t answered_before = 0;  // the first
  };
  std::unordered_map<JobId, Count> refused_;
};

}  // namespace dogged
