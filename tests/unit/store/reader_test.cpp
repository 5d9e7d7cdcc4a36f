// SPDX-License-Identifier: MIT
// What tests/contract cannot ask of every store: SQLite's own promises.
#include "store/sqlite/reader.h"

#include "base/error.h"
#include "store/open_store.h"
#include "tests/unit/store/store_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dogged {
namespace {

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

TEST_CASE("parked jobs are counted up to a limit, and from the other side where that is smaller") {
  struct Case {
    int parked, fresh, due;
    std::int64_t told;
    bool at_least;
  };
  for (const Case& c : {Case{9, 30, 0, 9, false}, Case{30, 4, 4, 30, false},
                        Case{30, 0, 0, 30, false}, Case{30, 5, 5, 10, true}}) {
    CAPTURE(c.parked);
    CAPTURE(c.fresh);
    const StoreFile store;
    store.tamper(fmt::format(
        "DELETE FROM inputs; DELETE FROM jobs; DELETE FROM counters;"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {2})"
        " INSERT INTO jobs (id, key, due_ms) SELECT i, 'k' || i,"
        " CASE WHEN i <= {0} THEN 9000000000000 + i WHEN i <= {1} THEN 0 ELSE i END FROM n;"
        "INSERT INTO counters VALUES ('', 'ready', {2})",
        c.parked, c.parked + c.fresh, c.parked + c.fresh + c.due));
    const Overview overview = sqlite::SqliteReader(store.path(), 10).overview();
    CHECK(overview.parked == c.told);
    CHECK(overview.parked_at_least == c.at_least);
  }
}

TEST_CASE("a page of ready jobs has the first, near, far, parked or fresh") {
  const StoreFile store;
  store.tamper(
      "DELETE FROM inputs; DELETE FROM jobs; DELETE FROM counters;"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
      " INSERT INTO jobs (id, key, state, settled_at_ms) SELECT i, 'k' || i, 'failed', 1 FROM n;"
      "UPDATE jobs SET state = 'ready', settled_at_ms = NULL, due_ms = 9000000000000 - id"
      " WHERE id IN (3, 5, 25001, 25003);"
      "UPDATE jobs SET state = 'ready', settled_at_ms = NULL WHERE id IN (4, 25002)");
  const auto reader = open_reader(store.path());
  const auto page = [&](JobId after, std::int64_t limit) {
    std::vector<JobId> ids;
    reader->each_job({{JobState::ready}, "", after, limit}, [&](const JobRow& job) {
      ids.push_back(job.id);
      return true;
    });
    return ids;
  };
  using Ids = std::vector<JobId>;
  CHECK(page(0, 2) == Ids{3, 4});
  CHECK(page(0, 5) == Ids{3, 4, 5, 25001, 25002});
  CHECK(page(5, 2) == Ids{25001, 25002});
  CHECK(page(5100, 3) == Ids{25001, 25002, 25003});
  CHECK(page(25002, 2) == Ids{25003});
  CHECK(page(25003, 2).empty());
}

TEST_CASE("a sound store has no faults") {
  const StoreFile store;
  CHECK(all(open_reader(store.path())->verify()).empty());
}

TEST_CASE("each account that does not hold is told") {
  struct Case {
    const char* sql;
    const char* words;
  };
  for (const Case& c :
       {Case{"UPDATE batches SET added = 2", "4 rows, but 2 new + 0 duplicate + 1 rejected"},
        Case{"DELETE FROM inputs WHERE row = 1",
             "batch ids.csv: 4 rows of which 1 rejected were "
             "imported, but 3 of which 1 are stored"},
        Case{"DELETE FROM inputs", "but 0 of which 0 are stored"},
        Case{"DELETE FROM rejects",
             "1 rejected rows without a reason, the first is row 3 of batch 1"},
        Case{"INSERT INTO rejects VALUES (1, 1, 2, '', 'x')",
             "1 reasons for rows that are not rejected, the first is row 1"},
        Case{"INSERT INTO inputs VALUES (7, 1, 1, NULL, NULL)", "1 rows belong to no batch"},
        Case{"UPDATE inputs SET job_id = 99 WHERE row = 2",
             "1 rows name a job that is not there, the first is row 2 of batch 1"},
        Case{"UPDATE jobs SET state = 'not_found' WHERE id = 3",
             "1 jobs are not_found, but the counters say 0"},
        Case{"UPDATE counters SET n = 5 WHERE state = 'ready'",
             "1 jobs are ready, but the counters say 5"},
        Case{"INSERT INTO counters VALUES ('', 'leased', 2)",
             "0 jobs are leased, but the counters say 2"},
        Case{"DELETE FROM answers", "1 done jobs have no answer, the first is A"},
        Case{"UPDATE jobs SET state = 'leased', worker_id = '0123456789abcdef' WHERE id = 2",
             "1 jobs are leased by no running worker, the first is B"},
        Case{"INSERT INTO workers (id, host, pid, started_at_ms, seen_at_ms, ended_at_ms, "
             "ended_because) VALUES ('0123456789abcdef', 'h', 1, 1, 1, 2, 'done');"
             "UPDATE jobs SET state = 'leased', worker_id = '0123456789abcdef' WHERE id = 2",
             "1 jobs are leased by no running worker, the first is B"},
        Case{"UPDATE answers SET job_id = 99", "1 answers and 0 attempts belong to no job"},
        Case{"UPDATE jobs SET attempts = -1",
             "the file is damaged: CHECK constraint failed in jobs"}}) {
    CAPTURE(c.sql);
    const StoreFile store;
    store.tamper(c.sql);
    const std::string faults = all(open_reader(store.path())->verify());
    CAPTURE(faults);
    CHECK(faults.find(c.words) != std::string::npos);
  }
}

TEST_CASE("a damaged page is told, not passed over") {
  const StoreFile store;
  store.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto size = std::filesystem::file_size(store.path());
  {
    std::fstream file(store.path(), std::ios::in | std::ios::out | std::ios::binary);
    for (auto at = static_cast<std::streamoff>(16384) * 4; at < static_cast<std::streamoff>(size);
         at += 16384) {
      file.seekp(at);
      file << "\x7fgarbage-garbage-garbage";
    }
  }
  std::string told;
  try {
    told = all(open_reader(store.path())->verify());
  } catch (const Error& error) {
    told = error.what();
  }
  CHECK(told.find("damaged") != std::string::npos);
}

TEST_CASE("a reader leaves the file and its log as they are") {
  const StoreFile store;
  sqlite::FileLocks locks(store.path());
  const std::string wal = store.path() + "-wal";
  {
    sqlite::Database writer(store.path(), sqlite::Access::write, locks.lock_writes());
    writer.connection().exec("INSERT INTO settings VALUES ('a', 'b')");
    writer.forgo_checkpoint();
  }
  REQUIRE(std::filesystem::file_size(wal) > 0);
  const auto size = std::filesystem::file_size(wal);
  const auto written = std::filesystem::last_write_time(store.path());
  CHECK(open_reader(store.path())->setting("a") == "b");  // the last connection to close
  CHECK(std::filesystem::file_size(wal) == size);
  CHECK(std::filesystem::last_write_time(store.path()) == written);
}

TEST_CASE("what a killed writer committed is read from its log") {
  const StoreFile store;
  const std::string killed = store.file("killed.db");
  sqlite::FileLocks locks(store.path());
  sqlite::Database writer(store.path(), sqlite::Access::write, locks.lock_writes());
  writer.connection().exec("INSERT INTO settings VALUES ('a', 'b')");
  // As a kill leaves it: the file and the log, and no index of the log that could be trusted.
  std::filesystem::copy_file(store.path(), killed);
  std::filesystem::copy_file(store.path() + "-wal", killed + "-wal");
  const auto reader = open_reader(killed);
  CHECK(reader->setting("a") == "b");
  CHECK(reader->verify().empty());
}

}  // namespace
}  // namespace dogged
