// SPDX-License-Identifier: MIT
#include "store/sqlite/reader_statement.h"

#include "store/sqlite/database.h"

#include <sqlite3.h>

#include <utility>

namespace dogged::sqlite {

void ReadStatement::Finalizer::operator()(sqlite3_stmt* statement) const {
  (void)sqlite3_finalize(statement);  // tells the last step's error once more
}

ReadStatement::ReadStatement(sqlite3* connection, std::string path, std::string_view sql)
    : connection_(connection), path_(std::move(path)) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr));
  statement_.reset(statement);
}

void ReadStatement::check(int code) const {
  if (code != SQLITE_OK) {
    throw_sqlite_error(path_, sqlite3_extended_errcode(connection_), sqlite3_errmsg(connection_));
  }
}

ReadStatement& ReadStatement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}

ReadStatement& ReadStatement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), parameter, text.data() == nullptr ? "" : text.data(),
                            text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

bool ReadStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  check(code == SQLITE_DONE ? SQLITE_OK : code);
  return false;
}

bool ReadStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t ReadStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view ReadStatement::text(int column) const {
  // The pointer first: asking for it may convert the value, and with it its size.
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) {
    return {};
  }
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<WallTime> ReadStatement::time(int column) const {
  return is_null(column) ? std::nullopt : std::optional(from_ms(integer(column)));
}

}  // namespace dogged::sqlite
