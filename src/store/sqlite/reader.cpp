// SPDX-License-Identifier: MIT
#include "store/sqlite/reader.h"

#include "base/error.h"
#include "base/json_document.h"
#include "store/open_store.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/store_path.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace dogged::sqlite {
namespace {

constexpr int kLatestWorkers = 10;
constexpr std::int64_t kAnsweredBeforeLimit = 20'000;  // each is looked up: some 10 ms in all

// ?1 now, ?2 how many at most.
constexpr char kCountParked[] =
    "SELECT count(*) FROM ("
    "SELECT 1 FROM jobs INDEXED BY jobs_due"
    " WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 AND due_ms > ?1 UNION ALL "
    "SELECT 1 FROM jobs INDEXED BY jobs_suspect"
    " WHERE state = 'ready' AND deaths >= 2 AND due_ms > ?1 LIMIT ?2)";
constexpr char kCountNotParked[] =
    "SELECT count(*) FROM ("
    "SELECT 1 FROM jobs INDEXED BY jobs_fresh"
    " WHERE state = 'ready' AND due_ms = 0 AND deaths < 2 UNION ALL "
    "SELECT 1 FROM jobs INDEXED BY jobs_due"
    " WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 AND due_ms <= ?1 UNION ALL "
    "SELECT 1 FROM jobs INDEXED BY jobs_suspect"
    " WHERE state = 'ready' AND deaths >= 2 AND due_ms <= ?1 LIMIT ?2)";

// Jobs never asked lie behind the last answer mostly, and are not looked at. ?1 is not used.
constexpr char kCountAnsweredBefore[] =
    "SELECT count(*) FROM (SELECT id FROM jobs INDEXED BY jobs_fresh"
    " WHERE state = 'ready' AND due_ms = 0 AND deaths < 2 AND ?1 IS NOT NULL"
    " AND id <= (SELECT max(job_id) FROM answers) UNION ALL "
    "SELECT id FROM jobs INDEXED BY jobs_due"
    " WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 LIMIT ?2) AS open"
    " WHERE EXISTS (SELECT 1 FROM answers WHERE job_id = open.id)";

std::vector<std::string> string_array(std::string_view json) {
  JsonDocument document;
  if (!document.parse(json) || document.node(document.root()).type != JsonDocument::Type::array) {
    return {};  // the schema's CHECK keeps other texts out; verify tells of a damaged file
  }
  std::vector<std::string> result;
  const JsonDocument::Index end = document.node(document.root()).end;
  for (JsonDocument::Index i = document.root() + 1; i < end; i = document.node(i).end) {
    result.emplace_back(document.text(i));
  }
  return result;
}

}  // namespace

const std::string& require_store(const std::string& path) {
  if (!is_store_file(path)) {
    throw Error(Fault::usage,
                fmt::format("there is no store at {}; name it with --db, or make one with `dogged "
                            "import` or `dogged fetch`",
                            path));
  }
  return path;
}

JobRow job_row(const ReadStatement& row) {
  JobRow job;
  job.id = row.integer(0);
  job.key = row.string(1);
  job.state = job_state_from(row.text(2)).value_or(JobState::failed);  // a CHECK keeps others out
  job.attempts = static_cast<int>(row.integer(3));
  job.refusals = static_cast<int>(row.integer(4));
  if (job.state == JobState::ready && row.integer(5) > 0) {
    job.due = row.time(5);
  }
  job.settled_at = row.time(6);
  job.http_status = static_cast<int>(row.integer(7));
  job.error = row.string(8);
  return job;
}

std::string sql_list(const std::vector<JobState>& states) {
  std::string list;
  for (const JobState state : states) {
    list += fmt::format("{}'{}'", list.empty() ? "" : ", ", word(state));
  }
  return list;
}

SqliteReader::SqliteReader(const std::string& path, std::int64_t parked_limit)
    : parked_limit_(parked_limit),
      locks_(require_store(path)),
      database_(path, Access::read, locks_.lock_writes()) {}

SqliteReader::SqliteReader(const std::string& path, std::int64_t parked_limit,
                           const WriteLock& held)
    : parked_limit_(parked_limit), locks_(path), database_(path, Access::read, held) {}

SqliteReader::~SqliteReader() = default;

// SQLite ends a transaction by itself after some errors, so it is asked each time.
bool SqliteReader::in_snapshot() {
  return sqlite3_get_autocommit(database_.handle()) == 0;
}

void SqliteReader::take_snapshot() {
  // BEGIN alone takes none: the first read does.
  ReadStatement(database_.handle(), database_.path(), "BEGIN").step();
  ReadStatement(database_.handle(), database_.path(), "SELECT 1 FROM settings LIMIT 1").step();
}

ReadStatement SqliteReader::select(std::string_view sql) {
  if (!in_snapshot()) {
    take_snapshot();
  }
  return {database_.handle(), database_.path(), sql};
}

void SqliteReader::refresh() {
  if (in_snapshot()) {
    ReadStatement(database_.handle(), database_.path(), "COMMIT").step();
  }
}

QueueOutlook SqliteReader::outlook(WallTime now) {
  QueueOutlook outlook;
  ReadStatement sums = select(kStateSums);
  while (sums.step()) {
    if (const auto state = job_state_from(sums.text(0))) {
      count_of(outlook, *state) = sums.integer(1);
    }
  }
  ReadStatement first = select(kFirstDue);
  if (first.step() && first.time(0)) {
    outlook.next_due = next_due(first.integer(0), now);
  }
  return outlook;
}

std::int64_t SqliteReader::count_at_most(const char* sql, std::int64_t limit, WallTime now) {
  ReadStatement count = select(sql);
  count.bind(1, to_ms(now)).bind(2, limit).step();
  return count.integer(0);
}

// Counting is a walk through an index, which takes seconds where millions are parked: so both sides
// are counted up to a limit, and what is counted whole tells the other. Mostly one side is small.
void SqliteReader::count_parked(Overview& overview, WallTime now) {
  overview.parked = count_at_most(kCountParked, parked_limit_, now);
  if (overview.parked < parked_limit_) {
    return;
  }
  const std::int64_t others = count_at_most(kCountNotParked, parked_limit_, now);
  if (others < parked_limit_) {
    overview.parked = std::max(overview.parked, overview.jobs.ready - others);
  } else {
    overview.parked_at_least = true;
  }
}

std::vector<WorkerInfo> SqliteReader::latest_workers() {
  ReadStatement rows = select(
      "SELECT id, host, pid, started_at_ms, seen_at_ms, ended_at_ms, ended_because FROM workers"
      " ORDER BY started_at_ms DESC, id LIMIT ?1");
  rows.bind(1, kLatestWorkers);
  std::vector<WorkerInfo> workers;
  while (rows.step()) {
    WorkerInfo worker;
    worker.id = rows.string(0);
    worker.host = rows.string(1);
    worker.pid = rows.integer(2);
    worker.started_at = from_ms(rows.integer(3));
    worker.seen_at = from_ms(rows.integer(4));
    worker.ended_at = rows.time(5);
    worker.ended_because = rows.string(6);
    worker.alive = !worker.ended_at && locks_.worker_alive(worker.id);
    workers.push_back(std::move(worker));
  }
  return workers;
}

Overview SqliteReader::overview() {
  const WallTime now = SystemClock().wall();
  Overview overview;
  overview.jobs = outlook(now);
  count_parked(overview, now);
  overview.answered_before = count_at_most(kCountAnsweredBefore, kAnsweredBeforeLimit, now);
  overview.answered_before_at_least = overview.answered_before >= kAnsweredBeforeLimit;
  overview.batches = batches();
  for (const BatchInfo& batch : overview.batches) {
    overview.inputs += batch.rows;
    overview.rejected += batch.rejected;
  }
  overview.workers = latest_workers();
  return overview;
}

std::vector<BatchInfo> SqliteReader::batches() {
  ReadStatement rows = select(
      "SELECT id, name, file, sha256, id_column, header, imported_at_ms, rows, added, duplicates,"
      " rejected FROM batches ORDER BY id");
  std::vector<BatchInfo> batches;
  while (rows.step()) {
    BatchInfo batch;
    batch.id = rows.integer(0);
    batch.name = rows.string(1);
    batch.file = rows.string(2);
    batch.sha256 = rows.string(3);
    batch.id_column = rows.string(4);
    batch.header = string_array(rows.text(5));
    batch.imported_at = from_ms(rows.integer(6));
    batch.rows = rows.integer(7);
    batch.added = rows.integer(8);
    batch.duplicates = rows.integer(9);
    batch.rejected = rows.integer(10);
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::optional<std::string> SqliteReader::setting(std::string_view key) {
  ReadStatement row = select("SELECT value FROM settings WHERE key = ?1");
  return row.bind(1, key).step() ? std::optional(row.string(0)) : std::nullopt;
}

}  // namespace dogged::sqlite

namespace dogged {

std::unique_ptr<StoreReader> open_reader(const std::string& location) {
  return std::make_unique<sqlite::SqliteReader>(sqlite::resolve_store_path(location));
}

}  // namespace dogged
