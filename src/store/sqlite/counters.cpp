// SPDX-License-Identifier: MIT
#include "store/sqlite/counters.h"

#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

namespace dogged::sqlite {
namespace {

constexpr std::array kAllStates{JobState::ready, JobState::leased, JobState::done,
                                JobState::not_found, JobState::failed};

}  // namespace

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

std::optional<WallTime> next_due(std::optional<std::int64_t> first_due_ms, WallTime now) {
  return first_due_ms && *first_due_ms > to_ms(now) ? std::optional(from_ms(*first_due_ms))
                                                    : std::nullopt;
}

void CounterChange::save(WriteConnection& connection, const std::string& worker) const {
  Prepared add(connection,
               "INSERT INTO counters (worker_id, state, n) VALUES (?1, ?2, ?3) "
               "ON CONFLICT (worker_id, state) DO UPDATE SET n = n + excluded.n");
  for (const JobState state : kAllStates) {
    const std::int64_t change = changes_.at(static_cast<std::size_t>(state));
    if (change != 0) {
      add->bindNoCopy(1, worker);
      bind_word(*add, 2, word(state));
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
  Prepared query(connection, kStateSums);
  while (query->executeStep()) {
    if (const auto state = job_state_from(query->getColumn(0).getString())) {
      count_of(outlook, *state) = query->getColumn(1).getInt64();
    }
  }
  Prepared first(connection, kFirstDue);
  if (first->executeStep() && !first->isColumnNull(0)) {
    outlook.next_due = next_due(first->getColumn(0).getInt64(), now);
  }
  return outlook;
}

}  // namespace dogged::sqlite
