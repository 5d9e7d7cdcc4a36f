// SPDX-License-Identifier: MIT
#include "store/sqlite/sqlite_import.h"

#include "base/error.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using dogged::BatchSpec;
using dogged::ImportRow;
using dogged::ImportSummary;
using dogged::sqlite::SqliteStore;

namespace {

BatchSpec spec_named(const std::string& name) {
  BatchSpec spec;
  spec.name = name;
  spec.file = name;
  return spec;
}

// Keys that stand in no order, like the hash of their number.
std::string key(int n) {
  return fmt::format("{:010}", (n * 2654435761ULL) % 10'000'000'000ULL);
}

ImportSummary import_keys(SqliteStore& store, const std::string& name,
                          const std::vector<std::string>& keys) {
  const auto session = store.begin_import(spec_named(name));
  ImportRow row;
  for (const std::string& k : keys) {
    ++row.row;
    row.line = row.row;
    row.key = k;
    session->add(row);
  }
  return session->commit(name);
}

std::string answer_of(const std::string& path, const std::string& sql) {
  return SQLite::Database(path, SQLite::OPEN_READONLY).execAndGet(sql).getString();
}

std::vector<std::filesystem::path> staging_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().find("-import-") != std::string::npos) {
      found.push_back(entry.path());
    }
  }
  return found;
}

}  // namespace

TEST_CASE("large imports, which sort the index of keys anew, give ids in order of rows") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  {
    SqliteStore store(path);
    std::vector<std::string> first;
    first.reserve(3002);
    for (int n = 0; n < 3000; ++n) {
      first.push_back(key(n));
    }
    first.push_back(key(7));     // 3001: stands earlier
    first.push_back(key(3000));  // 3002: new
    const ImportSummary one = import_keys(store, "one", first);
    CHECK(one.added == 3001);
    CHECK(one.duplicates_in_file == 1);

    std::vector<std::string> second;
    second.reserve(8000);
    for (int n = 2000; n < 6000; ++n) {
      second.push_back(key(n));
      second.push_back(key(n));
    }
    const ImportSummary two = import_keys(store, "two", second);
    CHECK(two.rows == 8000);
    CHECK(two.added == 2999);
    CHECK(two.duplicates == 5001);
    CHECK(two.duplicates_in_file == 4000);
  }
  CHECK(answer_of(path, "SELECT count(*) FROM jobs") == "6000");
  CHECK(answer_of(path, "SELECT min(id) || '-' || max(id) FROM jobs") == "1-6000");
  // Every row is linked with the job of its key, and the ids of new ones ascend with the rows.
  CHECK(answer_of(path, "SELECT job_id FROM inputs WHERE batch_id = 1 AND row = 3001") == "8");
  CHECK(answer_of(path, "SELECT group_concat(key) FROM jobs WHERE id IN (1, 3001, 3002)") ==
        key(0) + "," + key(3000) + "," + key(3001));
  CHECK(answer_of(path,
                  "SELECT count(*) FROM inputs a JOIN inputs b ON b.batch_id = 2 AND "
                  "b.row = a.row + 1 AND b.job_id = a.job_id "
                  "WHERE a.batch_id = 2 AND a.row % 2 = 1") == "4000");
  CHECK(answer_of(path,
                  "SELECT count(*) FROM (SELECT job_id < lag(job_id) OVER (ORDER BY row) AS "
                  "falls FROM inputs WHERE batch_id = 1 AND row <= 3000) WHERE falls") == "0");
  CHECK(answer_of(path, "SELECT sql FROM sqlite_schema WHERE name = 'jobs_by_key'") ==
        "CREATE UNIQUE INDEX jobs_by_key ON jobs (key)");
  CHECK(answer_of(path, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("rows wait in a private file beside the store, which goes with the session") {
  const dogged::TemporaryDirectory scratch;
  SqliteStore store((scratch.path() / "a.db").string());
  auto session = store.begin_import(spec_named("b"));
  ImportRow row;
  row.row = row.line = 1;
  row.key = "k";
  session->add(row);
  const auto files = staging_files(scratch.path());
  REQUIRE(files.size() == 1);
  struct stat info {};
  REQUIRE(::stat(files.front().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  session.reset();
  CHECK(staging_files(scratch.path()).empty());
}

TEST_CASE("the file of an import that was killed is removed by the next, those of others stay") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  SqliteStore store(path);
  SqliteStore other(path);
  const auto living = other.begin_import(spec_named("living"));
  std::ofstream(path + "-import-00000000deadbeef") << "left";
  std::ofstream(path + "-import-not-ours") << "left";
  CHECK(staging_files(scratch.path()).size() == 3);
  const auto session = store.begin_import(spec_named("b"));
  CHECK(!std::filesystem::exists(path + "-import-00000000deadbeef"));
  CHECK(std::filesystem::exists(path + "-import-not-ours"));
  CHECK(staging_files(scratch.path()).size() == 3);  // the living one, ours, and not-ours
}

TEST_CASE("an import that is committed after another changed the keys counts anew") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  SqliteStore store(path);
  const auto slow = store.begin_import(spec_named("slow"));
  ImportRow row;
  row.row = row.line = 1;
  row.key = "k";
  slow->add(row);
  SqliteStore other(path);
  CHECK(import_keys(other, "quick", {"k"}).added == 1);
  const ImportSummary summary = slow->commit("slow");
  CHECK(summary.added == 0);
  CHECK(summary.duplicates == 1);
}

TEST_CASE("rows out of order, without a key or without a reason are a fault of the caller") {
  const dogged::TemporaryDirectory scratch;
  SqliteStore store((scratch.path() / "a.db").string());
  const auto refuses = [&](const ImportRow& row) {
    const auto session = store.begin_import(spec_named("b"));
    session->add({3, 3, "k", "", "", ""});
    CHECK_THROWS_AS(session->add(row), dogged::Error);
    CHECK_THROWS_AS((void)session->commit("sum"), dogged::Error);
  };
  refuses({3, 4, "l", "", "", ""});
  refuses({4, 0, "l", "", "", ""});
  refuses({4, 4, "", "", "", ""});
  const auto session = store.begin_import(spec_named("b"));
  CHECK_THROWS_AS(session->reject({1, 1, "", "text", ""}), dogged::Error);
}
