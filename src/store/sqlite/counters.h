// SPDX-License-Identifier: MIT
#pragma once

#include "job/job_state.h"
#include "store/job_store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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

// How the outlook is read, for the run and for the reader alike: the sums of the counters, as state
// and number, and the least due time of all ready jobs (0 where a fresh one is among them, NULL
// where there is none), which is one step in each index.
inline constexpr char kStateSums[] = "SELECT state, sum(n) FROM counters GROUP BY state";
inline constexpr char kFirstDue[] =
    "SELECT min(due_ms) FROM ("
    "SELECT * FROM (SELECT due_ms FROM jobs INDEXED BY jobs_fresh"
    " WHERE state = 'ready' AND due_ms = 0 AND deaths < 2 LIMIT 1) UNION ALL "
    "SELECT * FROM (SELECT due_ms FROM jobs INDEXED BY jobs_due"
    " WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 ORDER BY due_ms LIMIT 1) "
    "UNION ALL SELECT due_ms FROM jobs INDEXED BY jobs_suspect"
    " WHERE state = 'ready' AND deaths >= 2)";
std::int64_t& count_of(QueueOutlook& outlook, JobState state);
// What kFirstDue gave, as QueueOutlook::next_due.
std::optional<WallTime> next_due(std::optional<std::int64_t> first_due_ms, WallTime now);

// The sums, and when the first parked job is due where none is due now.
QueueOutlook read_outlook(WriteConnection& connection, WallTime now);

}  // namespace dogged::sqlite
