// SPDX-License-Identifier: MIT
#include "store/sqlite/clock_step.h"

#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

namespace dogged::sqlite {
namespace {

// ?1 now, ?2 the step. One for each partial index: a job's index is told by its state and deaths.
constexpr const char* kMoves[] = {
    "UPDATE jobs INDEXED BY jobs_due SET due_ms = max(due_ms - ?2, ?1, 1) "
    "WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 AND due_ms > ?1",
    "UPDATE jobs INDEXED BY jobs_suspect SET due_ms = max(due_ms - ?2, ?1, 1) "
    "WHERE state = 'ready' AND deaths >= 2 AND due_ms > ?1",
    "UPDATE jobs INDEXED BY jobs_leased SET due_ms = max(due_ms - ?2, ?1, 1) "
    "WHERE state = 'leased' AND due_ms > ?1",
    "UPDATE settings SET value = CAST(max(CAST(value AS INTEGER) - ?2, ?1) AS TEXT) "
    "WHERE key = 'source_wait_until_ms' AND CAST(value AS INTEGER) > ?1",
    "UPDATE settings SET value = json_set(value, '$.since_ms',"
    " json_extract(value, '$.since_ms') - ?2) WHERE key = 'outage'"
    " AND CASE WHEN json_valid(value) THEN json_extract(value, '$.since_ms') END > ?1",
    "UPDATE workers SET seen_at_ms = seen_at_ms - ?2 WHERE seen_at_ms > ?1",
};

}  // namespace

void heed_clock_step(WriteConnection& connection, WallTime now) {
  std::int64_t seen = 0;
  {
    Prepared latest(connection, "SELECT coalesce(max(seen_at_ms), 0) FROM workers");
    if (latest->executeStep()) {
      seen = latest->getColumn(0).getInt64();
    }
  }
  const std::int64_t step = seen - to_ms(now);
  if (step <= kClockStep.count()) {
    return;
  }
  for (const char* sql : kMoves) {
    Prepared move(connection, sql);
    move->bind(1, to_ms(now));
    move->bind(2, step);
    (void)move.run();
  }
}

}  // namespace dogged::sqlite
