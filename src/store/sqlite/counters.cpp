// SPDX-License-Identifier: MIT
#include "store/sqlite/counters.h"

#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

namespace dogged::sqlite {
namespace {

constexpr std::array kAllStates{JobState::ready, JobState::leased, JobState::done,
                                JobState::not_found, JobState::failed};

std::int64_t& count_of(QueueOutlook& outlook, JobState state) {
  switch (state) {
    case JobState::ready:
      return outlook.ready;
    case JobState::leased:
      return outlook.leased;
    case JobState::done:
      return outlook.done;
    case JobState::not_found:
      return outlook.not_found;
    case JobState::failed:
      break;
  }
  return outlook.failed;
}

// The least due time of all ready jobs: 0 where a fresh one is among them. One step in each index.
std::optional<std::int64_t> first_due(WriteConnection& connection) {
  Prepared query(connection,
                 "SELECT min(due_ms) FROM ("
                 "SELECT * FROM (SELECT due_ms FROM jobs INDEXED BY jobs_fresh"
                 " WHERE state = 'ready' AND due_ms = 0 AND deaths < 2 LIMIT 1) UNION ALL "
                 "SELECT * FROM (SELECT due_ms FROM jobs INDEXED BY jobs_due"
                 " WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 ORDER BY due_ms LIMIT 1) "
                 "UNION ALL SELECT due_ms FROM jobs INDEXED BY jobs_suspect"
                 " WHERE state = 'ready' AND deaths >= 2)");
  if (!query->executeStep() || query->isColumnNull(0)) {
    return std::nullopt;
  }
  return query->getColumn(0).getInt64();
}

}  // namespace

void CounterChange::save(WriteConnection& connection, const std::string& worker) const {
  Prepared add(connection,
               "INSERT INTO counters (worker_id, state, n) VALUES (?1, ?2, ?3) "
               "ON CONFLICT (worker_id, state) DO UPDATE SET n = n + excluded.n");
  for (const JobState state : kAllStates) {
    const std::int64_t change = changes_.at(static_cast<std::size_t>(state));
    if (change != 0) {
      add->bind(1, worker);
      add->bind(2, std::string(word(state)));
      add->bind(3, change);
      (void)add.run();
    }
  }
}

void fold_counters(WriteConnection& connection, const std::string& worker) {
  Prepared add(connection,
               "INSERT INTO counters (worker_id, state, n) "
               "SELECT '', state, n FROM counters WHERE worker_id = ?1 AND worker_id <> '' "
               "ON CONFLICT (worker_id, state) DO UPDATE SET n = n + excluded.n");
  add->bind(1, worker);
  (void)add.run();
  Prepared remove(connection, "DELETE FROM counters WHERE worker_id = ?1 AND worker_id <> ''");
  remove->bind(1, worker);
  (void)remove.run();
}

QueueOutlook read_outlook(WriteConnection& connection, WallTime now) {
  QueueOutlook outlook;
  Prepared query(connection, "SELECT state, sum(n) FROM counters GROUP BY state");
  while (query->executeStep()) {
    if (const auto state = job_state_from(query->getColumn(0).getString())) {
      count_of(outlook, *state) = query->getColumn(1).getInt64();
    }
  }
  const auto due = first_due(connection);
  if (due && *due > to_ms(now)) {
    outlook.next_due = from_ms(*due);
  }
  return outlook;
}

}  // namespace dogged::sqlite
