// SPDX-License-Identifier: MIT
#include "store/sqlite/log_watch.h"

#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace dogged::sqlite {
namespace {

constexpr std::int64_t kLong = std::int64_t{1} << 20U;

// A store whose log is long at 1 MB, and what the user was told.
class Watched {
 public:
  Watched()
      : path_((scratch_.path() / "a.db").string()),
        locks_(path_),
        held_(locks_.lock_writes()),
        database_(path_, Access::write, held_),
        watch_(database_.handle(), path_, kLong,
               [this](std::string_view text) { told.emplace_back(text); }) {}

  // A commit of so much.
  void write(std::int64_t bytes) {
    SQLite::Statement put(database_.connection(),
                          "INSERT OR REPLACE INTO settings VALUES ('large', hex(zeroblob(?1)))");
    put.bind(1, bytes / 2);
    put.exec();
  }
  // Another program that keeps reading what is there now.
  SQLite::Database reader() const {
    SQLite::Database reader(path_, SQLite::OPEN_READWRITE);
    reader.exec("BEGIN; SELECT count(*) FROM settings");
    return reader;
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(path_ + "-wal"); }

  std::vector<std::string> told;

 private:
  TemporaryDirectory scratch_;
  std::string path_;
  FileLocks locks_;
  WriteLock held_;
  Database database_;
  LogWatch watch_;
};

TEST_CASE("a log that a reader keeps from starting anew is told of once") {
  Watched store;
  {
    const SQLite::Database reader = store.reader();
    for (int i = 0; i < 10 && store.told.empty(); ++i) {
      store.write(kLong / 2);
    }
    REQUIRE(store.told.size() == 1);
    CHECK(store.told[0].find("a.db-wal, has grown to ") != std::string::npos);
    store.write(kLong / 2);
    store.write(kLong / 2);
  }
  CHECK(store.told.size() == 1);
}

TEST_CASE("one large commit is nothing to tell of") {
  Watched store;
  store.write(20 * kLong);  // over the 1000 pages of a checkpoint
  store.write(100);
  store.write(100);
  CHECK(store.told.empty());
}

TEST_CASE(
    "once the reader has gone the log is checkpointed and starts anew, and is watched again") {
  Watched store;
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    {
      const SQLite::Database reader = store.reader();
      store.write(18 * kLong);
      store.write(kLong);
      CHECK(store.told.size() == static_cast<std::size_t>(round) + 1);
    }
    store.write(kLong);  // checkpoints all
    const auto longest = store.log_size();
    store.write(100);
    store.write(18 * kLong);  // from the start of the log
    CHECK(store.log_size() <= longest);
    CHECK(store.told.size() == static_cast<std::size_t>(round) + 1);
    store.write(100);
  }
}

}  // namespace
}  // namespace dogged::sqlite
