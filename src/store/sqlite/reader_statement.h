// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace dogged::sqlite {

// A SELECT that gives its values as views, without a copy: an export reads bodies by the million,
// and SQLiteCpp's Column counts references for each value. One thread; the connection must outlive
// it. Every failure throws as throw_sqlite_error does.
class ReadStatement {
 public:
  // `path` is for messages.
  ReadStatement(sqlite3* connection, std::string path, std::string_view sql);
  ReadStatement(ReadStatement&&) noexcept = default;
  ReadStatement& operator=(ReadStatement&&) noexcept = default;

  // Parameters count from 1. Texts are copied.
  ReadStatement& bind(int parameter, std::int64_t value);
  ReadStatement& bind(int parameter, std::string_view text);

  // Whether there is a row. The views of the row before are no longer valid.
  bool step();

  // Columns count from 0. NULL is 0, or empty.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // a blob's bytes too
  std::string string(int column) const { return std::string(text(column)); }
  std::optional<WallTime> time(int column) const;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };

  void check(int code) const;

  sqlite3* connection_;
  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
};

}  // namespace dogged::sqlite
