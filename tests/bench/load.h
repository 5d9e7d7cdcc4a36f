// SPDX-License-Identifier: MIT
// Work for the store as a run makes it: claims, and settles with an answer like those of a real
// API.
#pragma once

#include "store/job_store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dogged::bench {

// The answer for job `id`: JSON of at least `bytes` bytes, hardly more (250 at the least), the same
// every time.
std::string answer_body(JobId id, std::size_t bytes);

enum class Ending { done, failed };

struct LoadPlan {
  std::int64_t jobs = 0;       // to settle at most
  int group = 128;             // settled and leased in one transaction
  std::size_t body_bytes = 0;  // 0: no answer
  Ending ending = Ending::done;
};

// Leases and settles in turn, as one worker. One thread; the store must outlive it.
class Load {
 public:
  Load(JobStore& store, const LoadPlan& plan);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // One transaction: settles what the last one leased and leases as many. How many were settled.
  std::int64_t step();
  // Settles plan.jobs, or all that there are; what is still leased then is given back. How many.
  std::int64_t run();

 private:
  Settlement settled(const LeasedJob& job) const;

  JobStore& store_;
  const LoadPlan plan_;
  const WorkerId worker_;
  std::vector<LeasedJob> leased_;
};

}  // namespace dogged::bench
