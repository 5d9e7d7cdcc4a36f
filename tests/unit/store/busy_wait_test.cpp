// SPDX-License-Identifier: MIT
#include "store/sqlite/busy_wait.h"

#include "base/stop_signal.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>
#include <thread>

namespace dogged::sqlite {
namespace {

// A store that a program which knows nothing of our locks has open.
class Shared {
 public:
  Shared() {
    FileLocks locks(path());
    const WriteLock held = locks.lock_writes();
    const Database made(path(), Access::write, held);
  }
  std::string path() const { return (scratch_.path() / "a.db").string(); }

 private:
  TemporaryDirectory scratch_;
};

int begin(SQLite::Database& connection) {
  return sqlite3_exec(connection.getHandle(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
}

TEST_CASE("told to stop, it waits for a moment only") {
  const Shared store;
  SQLite::Database other(store.path(), SQLite::OPEN_READWRITE);
  REQUIRE(begin(other) == SQLITE_OK);
  StopSignal stop;
  stop.request_stop();
  BusyWait wait(store.path(), &stop);
  SQLite::Database ours(store.path(), SQLite::OPEN_READWRITE);
  wait.watch(ours.getHandle());
  CHECK(begin(ours) == SQLITE_BUSY);
  other.exec("ROLLBACK");
  CHECK(begin(ours) == SQLITE_OK);
}

TEST_CASE("what another program holds is had once it lets go") {
  const Shared store;
  SQLite::Database other(store.path(), SQLite::OPEN_READWRITE);
  REQUIRE(begin(other) == SQLITE_OK);
  BusyWait wait(store.path(), nullptr);
  SQLite::Database ours(store.path(), SQLite::OPEN_READWRITE);
  wait.watch(ours.getHandle());
  CHECK(wait.wait(0));
  std::thread letting_go([&other] { other.exec("ROLLBACK"); });
  CHECK(begin(ours) == SQLITE_OK);
  letting_go.join();
}

TEST_CASE("a write transaction does not begin while another program writes, and leaves no trace") {
  const Shared store;
  SQLite::Database other(store.path(), SQLite::OPEN_READWRITE);
  FileLocks locks(store.path());
  const WriteLock held = locks.lock_writes();
  Database ours(store.path(), Access::write, held);
  REQUIRE(begin(other) == SQLITE_OK);
  CHECK_FALSE(ours.begin_write());
  CHECK(sqlite3_get_autocommit(ours.handle()) == 1);
  other.exec("ROLLBACK");
  CHECK(ours.begin_write());
  ours.connection().exec("COMMIT");
}

}  // namespace
}  // namespace dogged::sqlite
