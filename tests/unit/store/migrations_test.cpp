// SPDX-License-Identifier: MIT
#include "store/sqlite/migrations.h"

#include "store/open_store.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

struct Script {
  const char* name;
  const char* sql;
};
constexpr Script kScripts[] = {
#include "schema/sqlite_migrations.inc"
};

// As the first program left one: every state, a worker that ended and one that has not.
void write_version_1(const std::string& path) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(kScripts[0].sql);
  database.exec(fmt::format("PRAGMA application_id = {}", sqlite::kApplicationId));
  database.exec(R"(
    INSERT INTO settings VALUES ('schema_version', '1'), ('source', 'x = 1');
    INSERT INTO batches VALUES
      (1, 'ids.csv', '/data/ids.csv', 'sum', '["id"]', 'column=id', 'id', 1000, 4, 3, 0, 1);
    INSERT INTO inputs VALUES (1, 1, 1, NULL, NULL), (1, 2, 2, NULL, NULL), (1, 3, NULL, '{}', NULL),
      (1, 4, 3, NULL, NULL);
    INSERT INTO rejects VALUES (1, 3, 4, 'text', 'reason');
    INSERT INTO jobs (id, key, state, worker_id, settled_at_ms) VALUES
      (1, 'A', 'done', NULL, 5), (2, 'B', 'leased', '0123456789abcdef', NULL),
      (3, 'C', 'ready', NULL, NULL);
    INSERT INTO answers VALUES (1, 200, NULL, NULL, NULL, 5, 5, 5, '{"a":1}');
    INSERT INTO workers VALUES ('0123456789abcdef', 'h', 1, 1, 1, NULL, NULL),
      ('00000000000000aa', 'h', 2, 1, 1, 2, 'done');
    INSERT INTO counters VALUES ('', 'done', 1), ('', 'leased', 1), ('', 'ready', 1);
  )");
}

void check_nothing_lost(const std::string& path) {
  const auto store = open_store(path, IfAbsent::refuse);
  CHECK(store->setting("schema_version") == std::to_string(sqlite::newest_schema_version()));
  CHECK(store->setting("source") == "x = 1");
  CHECK(store->recover_dead_workers(kNow).given_back == 1);
  const auto reader = open_reader(path);
  CHECK(reader->verify().empty());
  CHECK(reader->overview().jobs.done == 1);
  CHECK(reader->overview().jobs.ready == 2);
  CHECK(reader->find_job("A")->answer->body == R"({"a":1})");
  const WorkerId worker = store->start_worker(kNow);
  CHECK(store->exchange(worker, {}, LeaseRequest{5, true}, kNow).leased.size() == 2);
}

// migrate() in a process of its own that dies when it commits, all being done and nothing durable.
void die_in_the_middle(const std::string& path) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      SQLite::Database database(path, SQLite::OPEN_READWRITE);
      sqlite3_commit_hook(
          database.getHandle(), [](void*) -> int { ::_exit(7); }, nullptr);
      sqlite::migrate(database, path);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 7);
}

std::string version_of(const std::string& path) {
  return SQLite::Database(path, SQLite::OPEN_READWRITE)
      .execAndGet("SELECT value FROM settings WHERE key = 'schema_version'")
      .getString();
}

TEST_CASE("a store of the first schema is brought up to date with nothing lost") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  write_version_1(path);
  check_nothing_lost(path);
}

TEST_CASE("a migration that is killed leaves the store as it was, and is made the next time") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  write_version_1(path);
  die_in_the_middle(path);
  CHECK(version_of(path) == "1");
  die_in_the_middle(path);
  check_nothing_lost(path);
}

TEST_CASE("a worker of the first program that still runs may have anything in flight") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  write_version_1(path);
  sqlite::FileLocks its_locks(path);
  REQUIRE(its_locks.hold_worker("0123456789abcdef"));
  const auto store = open_store(path, IfAbsent::refuse);
  LeaseRequest request;
  request.fleet.caps.max_concurrency = 10;
  const WorkerId worker = store->start_worker(kNow);
  CHECK(store->exchange(worker, {}, request, kNow).fleet.permits == 0);
  its_locks.release_all_workers();
  CHECK(store->exchange(worker, {}, request, kNow).fleet.permits == 10);
}

TEST_CASE("a store brought up to date is not migrated again") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  write_version_1(path);
  (void)open_store(path, IfAbsent::refuse);
  SQLite::Database database(path, SQLite::OPEN_READWRITE);
  const int before = database.execAndGet("PRAGMA schema_version").getInt();
  sqlite::migrate(database, path);
  CHECK(database.execAndGet("PRAGMA schema_version").getInt() == before);
}

}  // namespace
}  // namespace dogged
