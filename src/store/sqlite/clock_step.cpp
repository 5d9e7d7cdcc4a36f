// SPDX-License-Identifier: MIT
#include "store/sqlite/clock_step.h"

#include "store/sqlite/file_locks.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <span>

namespace dogged::sqlite {
namespace {

// As ClockMove: ?1 now, ?2 by, ?3 after, ?4 until. One for each partial index: a job's index is
// told by its state and deaths.
constexpr const char* kJobs[] = {
    "UPDATE jobs INDEXED BY jobs_due SET due_ms = max(due_ms + ?2, ?1, 1) "
    "WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 AND due_ms > ?3 AND due_ms <= ?4",
    "UPDATE jobs INDEXED BY jobs_suspect SET due_ms = max(due_ms + ?2, ?1, 1) "
    "WHERE state = 'ready' AND deaths >= 2 AND due_ms > max(?3, 0) AND due_ms <= ?4",
    "UPDATE jobs INDEXED BY jobs_leased SET due_ms = max(due_ms + ?2, ?1, 1) "
    "WHERE state = 'leased' AND due_ms > max(?3, 0) AND due_ms <= ?4",
};
constexpr const char* kShared[] = {
    "UPDATE settings SET value = CAST(max(CAST(value AS INTEGER) + ?2, ?1) AS TEXT) "
    "WHERE key = 'source_wait_until_ms' AND CAST(value AS INTEGER) > max(?3, 0)"
    " AND CAST(value AS INTEGER) <= ?4",
    "UPDATE settings SET value = json_set(value, '$.since_ms',"
    " json_extract(value, '$.since_ms') + ?2) WHERE key = 'outage'"
    " AND CASE WHEN NOT json_valid(value) THEN 0"
    " WHEN ?2 > 0 THEN json_extract(value, '$.since_ms') <= ?3"
    " ELSE json_extract(value, '$.since_ms') BETWEEN ?1 + 1 AND ?4 END",
};

void carry_out(WriteConnection& connection, std::span<const char* const> moves,
               const ClockMove& clock) {
  for (const char* sql : moves) {
    Prepared move(connection, sql);
    move->bind(1, to_ms(clock.now));
    move->bind(2, static_cast<std::int64_t>(clock.by.count()));
    move->bind(3, to_ms(clock.after));
    move->bind(4, to_ms(clock.until));
    (void)move.run();
  }
}

bool is_anyone_alive(WriteConnection& connection) {
  Prepared rows(connection,
                "SELECT id FROM workers INDEXED BY workers_alive WHERE ended_at_ms IS NULL");
  while (rows->executeStep()) {
    if (connection.locks().worker_alive(rows->getColumn(0).getString())) {
      return true;
    }
  }
  return false;
}

WallTime last_seen(WriteConnection& connection) {
  Prepared latest(connection, "SELECT coalesce(max(seen_at_ms), 0) FROM workers");
  return from_ms(latest->executeStep() ? latest->getColumn(0).getInt64() : 0);
}

}  // namespace

void heed_clock_step(WriteConnection& connection, const WorkerId& worker, const ClockSight& sight) {
  {
    Prepared own(connection,
                 "SELECT seen_at_ms FROM workers WHERE id = ?1 AND ended_at_ms IS NULL");
    own->bind(1, worker);
    if (!own->executeStep() || !is_unheeded(sight, from_ms(own->getColumn(0).getInt64()))) {
      return;
    }
  }
  const ClockMove move(sight);
  carry_out(connection, kJobs, move);
  carry_out(connection, kShared, move);
  Prepared heard(connection,
                 "UPDATE workers INDEXED BY workers_alive SET seen_at_ms = ?1 "
                 "WHERE ended_at_ms IS NULL");
  heard->bind(1, to_ms(sight.now));
  (void)heard.run();
}

void heed_clock_set_back(WriteConnection& connection, WallTime now) {
  if (is_anyone_alive(connection)) {
    return;
  }
  const Millis step = step_of(now - last_seen(connection), Millis(0), Millis(0));
  if (step >= Millis(0)) {
    return;
  }
  carry_out(connection, kJobs, ClockMove({now, step}));
  // Once.
  Prepared heard(connection, "UPDATE workers SET seen_at_ms = ?1 WHERE seen_at_ms > ?1");
  heard->bind(1, to_ms(now));
  (void)heard.run();
}

}  // namespace dogged::sqlite
