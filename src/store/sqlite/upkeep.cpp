// SPDX-License-Identifier: MIT
#include "store/sqlite/upkeep.h"

#include "store/sqlite/counters.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <algorithm>

namespace dogged::sqlite {
namespace {

constexpr char kAskAgain[] =
    "UPDATE jobs SET state = 'ready', attempts = 0, refusals = 0, deaths = 0, due_ms = 0,"
    " http_status = NULL, error = NULL, settled_at_ms = NULL";
constexpr char kAskJobAgain[] =
    "UPDATE jobs SET state = 'ready', attempts = 0, refusals = 0, deaths = 0, due_ms = 0,"
    " http_status = NULL, error = NULL, settled_at_ms = NULL "
    "WHERE id = ?1 AND settled_at_ms < ?2";

bool is_settled(JobState state) {
  return state == JobState::done || state == JobState::not_found || state == JobState::failed;
}

// ?1 pattern, ?2 settled before (NULL: any), ?3 key where `by_key`. The state is written out, so
// that its partial index can be used.
std::string requeue_sql(JobState state, const RequeueFilter& filter, bool by_key) {
  std::string sql = fmt::format("{} WHERE state = '{}'", kAskAgain, word(state));
  if (filter.error_like.find_first_of("*?") != std::string::npos) {
    sql += " AND coalesce(error, '') GLOB ?1";
  } else {
    sql += " AND instr(coalesce(error, ''), ?1) > 0";
  }
  sql += " AND (?2 IS NULL OR settled_at_ms < ?2)";
  return by_key ? sql + " AND key = ?3" : sql;
}

std::int64_t requeue_state(WriteConnection& connection, JobState state,
                           const RequeueFilter& filter) {
  SQLite::Statement update(connection.connection(),
                           requeue_sql(state, filter, !filter.keys.empty()));
  update.bind(1, filter.error_like);
  if (filter.settled_before) {
    update.bind(2, to_ms(*filter.settled_before));
  } else {
    update.bind(2);
  }
  if (filter.keys.empty()) {
    return update.exec();
  }
  std::int64_t requeued = 0;
  for (const std::string& key : filter.keys) {
    update.bind(3, key);
    requeued += update.exec();
    update.reset();
  }
  return requeued;
}

std::optional<JobState> state_of(WriteConnection& connection, JobId job) {
  Prepared query(connection, "SELECT state FROM jobs WHERE id = ?1");
  query->bind(1, job);
  return query->executeStep() ? job_state_from(query->getColumn(0).getString()) : std::nullopt;
}

void run_for(WriteConnection& connection, const char* sql, std::int64_t id) {
  Prepared statement(connection, sql);
  statement->bind(1, id);
  (void)statement.run();
}

}  // namespace

std::int64_t requeue_jobs(WriteConnection& connection, const RequeueFilter& filter,
                          CounterChange& change) {
  std::int64_t requeued = 0;
  for (const JobState state : filter.states) {
    if (is_settled(state)) {
      const std::int64_t n = requeue_state(connection, state, filter);
      change.move(state, JobState::ready, n);
      requeued += n;
    }
  }
  return requeued;
}

bool requeue_job(WriteConnection& connection, JobId job, WallTime settled_before,
                 CounterChange& change) {
  const auto state = state_of(connection, job);
  if (!state || !is_settled(*state)) {
    return false;
  }
  Prepared update(connection, kAskJobAgain);
  update->bind(1, job);
  update->bind(2, to_ms(settled_before));
  if (update.run() == 0) {
    return false;  // answered anew meanwhile
  }
  change.move(*state, JobState::ready);
  return true;
}

std::optional<std::int64_t> find_batch(WriteConnection& connection, const std::string& name) {
  Prepared query(connection, "SELECT id FROM batches WHERE name = ?1");
  query->bind(1, name);
  return query->executeStep() ? std::optional(query->getColumn(0).getInt64()) : std::nullopt;
}

std::int64_t remove_batch_rows(WriteConnection& connection, std::int64_t batch,
                               CounterChange& change) {
  std::int64_t removed = 0;
  {
    // Reads inputs and deletes elsewhere, so the cursor stays valid.
    Prepared orphans(connection,
                     "SELECT job_id FROM inputs AS ours WHERE batch_id = ?1 AND job_id IS NOT NULL "
                     "AND NOT EXISTS (SELECT 1 FROM inputs AS other INDEXED BY inputs_by_job "
                     "WHERE other.job_id = ours.job_id AND other.batch_id <> ?1)");
    orphans->bind(1, batch);
    while (orphans->executeStep()) {
      const JobId job = orphans->getColumn(0).getInt64();
      const auto state = state_of(connection, job);  // nothing: gone with an earlier row
      if (state && *state != JobState::leased) {
        run_for(connection, "DELETE FROM jobs WHERE id = ?1", job);
        run_for(connection, "DELETE FROM answers WHERE job_id = ?1", job);
        run_for(connection, "DELETE FROM attempts WHERE job_id = ?1", job);
        change.add(*state, -1);
        ++removed;
      }
    }
  }
  run_for(connection, "DELETE FROM inputs WHERE batch_id = ?1", batch);
  run_for(connection, "DELETE FROM rejects WHERE batch_id = ?1", batch);
  run_for(connection, "DELETE FROM batches WHERE id = ?1", batch);
  return removed;
}

}  // namespace dogged::sqlite
