// SPDX-License-Identifier: MIT
#include "store/sqlite/database.h"

#include "base/error.h"
#include "store/sqlite/store_path.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

using dogged::Error;
using dogged::Fault;
using dogged::sqlite::Access;
using dogged::sqlite::Database;
using dogged::sqlite::FileLocks;

namespace {

// What opening says, or nothing when it succeeds.
std::optional<Error> refusal(const std::string& path, Access access) {
  try {
    FileLocks locks(path);
    const auto held = locks.lock_writes();
    Database database(path, access, held);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void run_sql(const std::string& path, const std::string& sql) {
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

std::string pragma(Database& database, const std::string& name) {
  return database.connection().execAndGet("PRAGMA " + name).getString();
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

bool contains(const std::optional<Error>& error, const std::string& text) {
  return error && std::string(error->what()).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a new store is private, in WAL mode, with 16 KiB pages and full syncs") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  FileLocks locks(path);
  const auto held = locks.lock_writes();
  Database database(path, Access::write, held);
  CHECK(pragma(database, "journal_mode") == "wal");
  CHECK(pragma(database, "page_size") == "16384");
  CHECK(pragma(database, "synchronous") == "2");
  CHECK(pragma(database, "secure_delete") == "0");
  CHECK(pragma(database, "mmap_size") == "0");
  for (const std::string suffix : {"", "-wal", "-shm", "-lock"}) {
    CAPTURE(suffix);
    CHECK(mode_of(path + suffix) == 0600U);
  }
}

TEST_CASE("a store opens again, also for reading, and a reader cannot write") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  REQUIRE(!refusal(path, Access::write));
  CHECK(!refusal(path, Access::write));
  FileLocks locks(path);
  const auto held = locks.lock_writes();
  Database reader(path, Access::read, held);
  CHECK_THROWS_AS(
      dogged::sqlite::translated(path, [&] { reader.connection().exec("DELETE FROM settings"); }),
      Error);
}

TEST_CASE("a reader that closes last leaves the log to the next writer") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  FileLocks locks(path);
  const auto held = locks.lock_writes();
  {
    Database reader_outlives = [&] {
      Database writer(path, Access::write, held);
      writer.connection().exec("INSERT INTO settings VALUES ('k', 'v')");
      writer.forgo_checkpoint();
      return Database(path, Access::read, held);
    }();
  }
  CHECK(std::filesystem::file_size(path + "-wal") > 0);
  Database writer(path, Access::write, held);
  CHECK(writer.connection().execAndGet("SELECT value FROM settings WHERE key = 'k'").getString() ==
        "v");
}

TEST_CASE("an empty file becomes a store, and holds none for a reader") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  write_file(path, "");
  const auto for_reading = refusal(path, Access::read);
  REQUIRE(for_reading);
  CHECK(for_reading->fault() == Fault::usage);
  CHECK(!refusal(path, Access::write));
}

TEST_CASE("a store that is not there is a usage error that names it") {
  const dogged::TemporaryDirectory scratch;
  const auto error = refusal((scratch.path() / "none.db").string(), Access::read);
  REQUIRE(error);
  CHECK(error->fault() == Fault::usage);
  CHECK(contains(error, (scratch.path() / "none.db").string()));
}

TEST_CASE("a file of another program is refused and left as it was") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  SUBCASE("a database") {
    run_sql(path, "CREATE TABLE theirs (x)");
  }
  SUBCASE("a database with an application id") {
    run_sql(path, "PRAGMA application_id = 42; CREATE TABLE theirs (x)");
  }
  SUBCASE("a text") {
    write_file(path, std::string(4000, 'x'));
  }
  SUBCASE("a short text") {
    write_file(path, "id\n0112038-9\n");
  }
  std::ifstream before_stream(path, std::ios::binary);
  const std::string before(std::istreambuf_iterator<char>(before_stream), {});
  for (const Access access : {Access::write, Access::read}) {
    const auto error = refusal(path, access);
    REQUIRE(error);
    CHECK(error->fault() == Fault::usage);
    CHECK(contains(error, "another program"));
  }
  std::ifstream after_stream(path, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(after_stream), {}) == before);
}

TEST_CASE("a newer schema is refused with both versions named") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  REQUIRE(!refusal(path, Access::write));
  run_sql(path, "UPDATE settings SET value = '99' WHERE key = 'schema_version'");
  for (const Access access : {Access::write, Access::read}) {
    const auto error = refusal(path, access);
    REQUIRE(error);
    CHECK(error->fault() == Fault::usage);
    CHECK(contains(error, "99"));
    CHECK(contains(error, "up to " + std::to_string(dogged::sqlite::newest_schema_version())));
  }
}

TEST_CASE("a truncated file says that it is damaged and what to do") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  REQUIRE(!refusal(path, Access::write));
  std::filesystem::resize_file(path, 20'000);
  const auto error = refusal(path, Access::read);
  REQUIRE(error);
  CHECK(error->fault() == Fault::store_unavailable);
  CHECK(contains(error, "damaged"));
}

TEST_CASE("a store that is removed, moved or replaced while it is open takes nothing more") {
  enum class Fate { removed, moved, replaced };
  for (const Fate fate : {Fate::removed, Fate::moved, Fate::replaced}) {
    const dogged::TemporaryDirectory scratch;
    const std::string path = (scratch.path() / "a.db").string();
    FileLocks locks(path);
    const auto held = locks.lock_writes();
    Database database(path, Access::write, held);
    REQUIRE(database.begin_write());
    database.connection().exec("ROLLBACK");
    if (fate == Fate::removed) {
      std::filesystem::remove(path);
    } else {
      std::filesystem::rename(path, path + ".moved");
    }
    if (fate == Fate::replaced) {
      std::ofstream(path) << "other";
    }
    CHECK_THROWS_WITH_AS(database.begin_write(),
                         doctest::Contains("while this program had it open"), Error);
  }
}

TEST_CASE("a path resolves to the real file, and what cannot hold a store is a usage error") {
  const dogged::TemporaryDirectory scratch;
  const std::filesystem::path directory = std::filesystem::canonical(scratch.path());
  write_file((directory / "real.db").string(), "");
  std::filesystem::create_symlink((directory / "real.db").string(),
                                  (directory / "link.db").string());
  CHECK(dogged::sqlite::resolve_store_path((directory / "link.db").string()) ==
        (directory / "real.db").string());
  CHECK(dogged::sqlite::resolve_store_path((directory / "new.db").string()) ==
        (directory / "new.db").string());
  for (const std::string& bad :
       {std::string(), scratch.path().string(), (directory / "no/such/a.db").string(),
        std::string("postgresql://host/db"), scratch.path().string() + "/"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS((void)dogged::sqlite::resolve_store_path(bad), Error);
  }
}

TEST_CASE("network file systems are known by their type number") {
  CHECK(dogged::sqlite::network_file_system(0x6969) == "NFS");
  CHECK(dogged::sqlite::network_file_system(0x01021997) == "9p");
  CHECK(dogged::sqlite::network_file_system(static_cast<long>(0xFF534D42UL)) == "CIFS");
  CHECK(dogged::sqlite::network_file_system(static_cast<int>(0xFE534D42U)) == "SMB2");
  CHECK(!dogged::sqlite::network_file_system(0xEF53));      // ext4
  CHECK(!dogged::sqlite::network_file_system(0x65735546));  // FUSE
  CHECK(!dogged::sqlite::network_file_system(0x794c7630));  // overlay
}
