// SPDX-License-Identifier: MIT
#pragma once

#include "job/job_state.h"
#include "store/job_store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace dogged::sqlite {

class WriteConnection;

// How many jobs entered (or left, negative) each state.
class CounterChange {
 public:
  void move(JobState from, JobState to, std::int64_t n = 1) {
    add(from, -n);
    add(to, n);
  }
  void add(JobState state, std::int64_t n) { changes_.at(static_cast<std::size_t>(state)) += n; }

  // Adds the changes to the counters of `worker` ("" for what no worker did). In a transaction.
  void save(WriteConnection& connection, const std::string& worker) const;

 private:
  std::array<std::int64_t, 5> changes_{};
};

// Adds a worker's counters to those of "" and removes them, so that they stay few. In a
// transaction.
void fold_counters(WriteConnection& connection, const std::string& worker);

// The sums, and when the first parked job is due where none is due now.
QueueOutlook read_outlook(WriteConnection& connection, WallTime now);

}  // namespace dogged::sqlite
