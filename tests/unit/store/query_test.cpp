// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "store/open_store.h"
#include "store/sqlite/file_locks.h"
#include "tests/fakes/temporary_directory.h"
#include "tests/unit/store/store_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dogged {
namespace {

using Values = std::vector<std::optional<std::string>>;

struct Table {
  std::vector<std::string> columns;
  std::vector<Values> rows;
};

Table query(const StoreFile& store, const std::string& sql) {
  Table table;
  query_store(store.path(), sql,
              {[&](const auto& columns) { table.columns = columns; },
               [&](const std::vector<QueryValue>& values) {
                 Values& row = table.rows.emplace_back();
                 for (const QueryValue& value : values) {
                   row.push_back(value.text);
                 }
               }});
  return table;
}

std::optional<Error> refusal(const StoreFile& store, const std::string& sql) {
  try {
    query(store, sql);
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

TEST_CASE("a query gives its columns and its values as text, NULL apart from empty") {
  const StoreFile store;
  const Table table = query(
      store, "SELECT key, settled_at_ms AS at, '' AS blank, 1.5, x'00ff' FROM jobs ORDER BY id");
  CHECK(table.columns == std::vector<std::string>{"key", "at", "blank", "1.5", "x'00ff'"});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0] == Values{"A", "2000", "", "1.5", std::string("\x00\xff", 2)});
  CHECK(table.rows[1][1] == std::nullopt);
}

TEST_CASE("a query without rows still tells its columns") {
  const StoreFile store;
  const Table table = query(store, "SELECT key FROM jobs WHERE 0");
  CHECK(table.columns == std::vector<std::string>{"key"});
  CHECK(table.rows.empty());
}

TEST_CASE("views, JSON functions, CTEs, EXPLAIN and pragmas that tell something can be used") {
  const StoreFile store;
  for (const char* sql :
       {"SELECT * FROM job_overview", "SELECT * FROM failures", "SELECT * FROM batch_summary",
        "SELECT json_extract(body, '$') FROM answers", "VALUES (1), (2)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM "
        "n",
        "SELECT value FROM jobs, json_each('[1]')", "EXPLAIN QUERY PLAN SELECT * FROM jobs",
        "PRAGMA table_info(jobs)", "SELECT name FROM pragma_table_info('jobs')",
        "PRAGMA user_version", "PRAGMA integrity_check", "SELECT * FROM sqlite_schema",
        "SELECT count(*) FROM jobs GROUP BY state ORDER BY 1",
        "-- how many\nSELECT count(*) FROM jobs ; -- that is all\n ; /* really */"}) {
    CAPTURE(sql);
    CHECK_FALSE(refusal(store, sql).has_value());
    CHECK_FALSE(query(store, sql).columns.empty());
  }
}

TEST_CASE("a query that would write, in whatever way, is refused and changes nothing") {
  const StoreFile store;
  const std::string other = store.file("other.db");
  for (const std::string& sql :
       std::vector<std::string>{"DELETE FROM jobs",
                                "UPDATE jobs SET key = 'x'",
                                "INSERT INTO settings VALUES ('a', 'b')",
                                "DROP TABLE jobs",
                                "CREATE TABLE t (x)",
                                "CREATE TABLE t AS SELECT 1",
                                "UPDATE sqlite_master SET sql = 1",
                                "INSERT INTO sqlite_master VALUES (1, 1, 1, 1, 1)",
                                "EXPLAIN INSERT INTO jobs (key) VALUES (1)",
                                "CREATE TEMP TABLE t (x)",
                                "CREATE VIEW v AS SELECT 1",
                                "ATTACH '" + other + "' AS other",
                                "DETACH main",
                                "VACUUM",
                                "VACUUM INTO '" + other + "'",
                                "REINDEX",
                                "ANALYZE",
                                "BEGIN",
                                "BEGIN IMMEDIATE",
                                "SAVEPOINT s",
                                "COMMIT",
                                "PRAGMA journal_mode = DELETE",
                                "PRAGMA journal_mode",
                                "PRAGMA user_version = 7",
                                "PRAGMA application_id = 7",
                                "PRAGMA query_only = OFF",
                                "PRAGMA wal_checkpoint",
                                "PRAGMA wal_checkpoint(TRUNCATE)",
                                "PRAGMA writable_schema = ON",
                                "PRAGMA optimize",
                                "PRAGMA locking_mode = EXCLUSIVE",
                                "SELECT * FROM pragma_wal_checkpoint",
                                "DELETE FROM jobs RETURNING key",
                                "WITH a AS (SELECT 1) DELETE FROM jobs",
                                "EXPLAIN DELETE FROM jobs",
                                "SELECT load_extension('/x')",
                                "CREATE VIRTUAL TABLE t USING fts5(x)"}) {
    CAPTURE(sql);
    const auto error = refusal(store, sql);
    REQUIRE(error.has_value());
    CHECK(error->fault() == Fault::usage);
  }
  CHECK_FALSE(std::filesystem::exists(other));
  CHECK(query(store, "SELECT key FROM jobs").rows.size() == 3);
  CHECK(query(store, "SELECT * FROM sqlite_schema WHERE name IN ('t', 'v')").rows.empty());
}

TEST_CASE("a query that does not compile, or fails, is told in SQLite's words") {
  const StoreFile store;
  struct Case {
    const char* sql;
    const char* words;
  };
  for (const Case& c :
       {Case{"SELCT 1", "syntax error"},
        Case{"SELECT nowhere FROM jobs", "no such column: nowhere"},
        Case{"SELECT * FROM nowhere", "no such table: nowhere"},
        Case{"SELECT 'open", "unrecognized"}, Case{"SELECT json('{') FROM jobs", "malformed JSON"},
        Case{"", "no statement"}, Case{" ; -- nothing\n", "no statement"},
        Case{"SELECT ?1", "parameter"}}) {
    CAPTURE(c.sql);
    const auto error = refusal(store, c.sql);
    REQUIRE(error.has_value());
    CHECK(error->fault() == Fault::usage);
    CHECK(std::string(error->what()).find(c.words) != std::string::npos);
  }
}

TEST_CASE("a second statement behind the first is refused before the first runs") {
  const StoreFile store;
  for (const char* sql : {"SELECT 1; SELECT 2", "SELECT 1; DELETE FROM jobs", "SELECT 1; nonsense",
                          "SELECT 1;; /* x */ SELECT 2"}) {
    CAPTURE(sql);
    int rows = 0;
    CHECK_THROWS_AS(
        query_store(store.path(), sql, {[](const auto&) {}, [&](const auto&) { ++rows; }}), Error);
    CHECK(rows == 0);
    CHECK(std::string(refusal(store, sql)->what()).find("second statement") != std::string::npos);
  }
  CHECK(refusal(store, std::string("SELECT 1\0; DELETE FROM jobs", 27)).has_value());
}

TEST_CASE("what a visitor throws ends the query") {
  const StoreFile store;
  CHECK_THROWS_AS(query_store(store.path(), "SELECT 1",
                              {[](const auto&) {}, [](const auto&) { throw Error("enough"); }}),
                  Error);
}

TEST_CASE("a query sees what a writer that lives has committed") {
  const StoreFile store;
  sqlite::FileLocks locks(store.path());
  sqlite::Database writer(store.path(), sqlite::Access::write, locks.lock_writes());
  writer.connection().exec("INSERT INTO settings VALUES ('a', 'b')");
  CHECK(query(store, "SELECT value FROM settings WHERE key = 'a'").rows.size() == 1);
  writer.forgo_checkpoint();
}

TEST_CASE("a store that is not there is not made by asking it") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "none.db").string();
  CHECK_THROWS_AS(query_store(path, "SELECT 1", {}), Error);
  CHECK_THROWS_AS(open_reader(path), Error);
  CHECK(std::filesystem::is_empty(directory.path()));
  try {
    query_store("postgresql://host/db", "SELECT 1", {});
    FAIL("PostgreSQL is taken for a file");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
  }
}

}  // namespace
}  // namespace dogged
