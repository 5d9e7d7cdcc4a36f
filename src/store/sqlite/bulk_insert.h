// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace dogged::sqlite {

// Inserts rows by statements of many rows each. SQLite opens the table and each of its indexes anew
// for every statement, which takes longer than a row does: 1,000,000 jobs took 1.4 s one by one and
// take 0.5 s by 256. In a transaction of the caller's; SQLiteCpp's exceptions come through. One
// thread at a time.
class BulkInsert {
 public:
  using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view>;

  // `into`: "INSERT INTO table (columns)", of so many columns. `connection` must outlive it.
  BulkInsert(sqlite3* connection, std::string into, std::size_t columns);
  ~BulkInsert();
  BulkInsert(const BulkInsert&) = delete;
  BulkInsert& operator=(const BulkInsert&) = delete;

  void add(std::initializer_list<Value> row);  // copies the texts
  void finish();                               // what add() has not yet inserted

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
  struct Kept {
    enum class Type { null, number, text } type;
    std::int64_t number;  // or where the text begins in texts_
    std::size_t size;
  };

  Statement prepare(std::size_t rows) const;
  void insert(sqlite3_stmt* statement, std::size_t first, std::size_t count) const;

  sqlite3* const connection_;
  const std::string into_;
  const std::size_t columns_;
  Statement one_, many_;  // each made when it is needed first
  std::vector<Kept> values_;
  std::string texts_;
};

}  // namespace dogged::sqlite
