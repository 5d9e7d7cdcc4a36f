// SPDX-License-Identifier: MIT
#include "store/sqlite/bulk_insert.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <doctest/doctest.h>

#include <string>

using dogged::sqlite::BulkInsert;

namespace {

struct Bench {
  SQLite::Database database{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  Bench() { database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, n INTEGER)"); }
  std::string answer(const char* sql) { return database.execAndGet(sql).getString(); }
};

}  // namespace

TEST_CASE("every row is inserted, however many there are and whatever their length") {
  for (const int rows : {0, 1, 255, 256, 257, 1000}) {
    for (const std::size_t length : {1, 10'000}) {
      CAPTURE(rows);
      CAPTURE(length);
      Bench bench;
      BulkInsert insert(bench.database.getHandle(), "INSERT INTO t (id, text, n)", 3);
      for (std::int64_t i = 1; i <= rows; ++i) {
        const std::string text = std::string(length, 'x') + std::to_string(i);
        insert.add({i, std::string_view(text), i % 2 == 0 ? BulkInsert::Value(i) : nullptr});
      }
      insert.finish();
      CHECK(bench.answer("SELECT count(*) FROM t") == std::to_string(rows));
      CHECK(bench.answer("SELECT count(n) FROM t") == std::to_string(rows / 2));
      CHECK(bench.answer("SELECT count(*) FROM t WHERE substr(text, -length(id)) <> id"
                         " OR n <> id") == "0");
    }
  }
}

TEST_CASE("a text holds any bytes, and an empty one is not null") {
  Bench bench;
  BulkInsert insert(bench.database.getHandle(), "INSERT INTO t (id, text, n)", 3);
  insert.add({std::int64_t{1}, std::string_view("a\0b", 3), nullptr});
  insert.add({std::int64_t{2}, std::string_view(), nullptr});
  insert.finish();
  CHECK(bench.answer("SELECT hex(text) FROM t WHERE id = 1") == "610062");
  CHECK(bench.answer("SELECT typeof(text) FROM t WHERE id = 2") == "text");
}

TEST_CASE("a row that the table refuses is an error, among many and alone") {
  for (const int rows : {300, 2}) {
    Bench bench;
    BulkInsert insert(bench.database.getHandle(), "INSERT INTO t (id, text, n)", 3);
    CHECK_THROWS_AS(
        {
          for (int i = 0; i < rows; ++i) {
            insert.add({std::int64_t{1}, nullptr, nullptr});
          }
          insert.finish();
        },
        SQLite::Exception);
  }
}
