// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/text.h"
#include "store/open_store.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/store_path.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace dogged {

namespace {

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const {
    (void)sqlite3_finalize(statement);  // tells the last step's error once more
  }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

// Pragmas that tell and change nothing, with an argument or without.
constexpr std::array<std::string_view, 14> kTellingPragmas{
    "collation_list", "compile_options", "database_list", "foreign_key_list", "function_list",
    "index_info",     "index_list",      "index_xinfo",   "integrity_check",  "module_list",
    "quick_check",    "table_info",      "table_list",    "table_xinfo"};
// Pragmas that change something when they get an argument.
constexpr std::array<std::string_view, 7> kReadablePragmas{
    "application_id", "encoding",       "freelist_count", "page_count",
    "page_size",      "schema_version", "user_version"};

bool is_reading_pragma(const char* name, const char* argument) {
  const std::string pragma = lower_case(name == nullptr ? "" : name);
  return std::ranges::count(kTellingPragmas, pragma) > 0 ||
         (argument == nullptr && std::ranges::count(kReadablePragmas, pragma) > 0);
}

// SQLite's authorizer, asked for every action that a statement would take. sqlite3_stmt_readonly()
// alone lets ATTACH, BEGIN and some pragmas pass.
int authorize(void* /*unused*/, int action, const char* first, const char* second,
              const char* /*database*/, const char* /*trigger*/) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return second != nullptr && std::string_view(second) == "load_extension" ? SQLITE_DENY
                                                                               : SQLITE_OK;
    // A table-valued function (json_each) declares its columns so, unasked. An UPDATE of that table
    // that is the query itself is no read-only statement, which compile() sees.
    case SQLITE_UPDATE:
      return first != nullptr && std::string_view(first) == "sqlite_master" ? SQLITE_OK
                                                                            : SQLITE_DENY;
    case SQLITE_PRAGMA:
      return is_reading_pragma(first, second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

[[noreturn]] void throw_query_error(sqlite3* connection, const std::string& path) {
  const int code = sqlite3_extended_errcode(connection);
  const std::string words = sqlite3_errmsg(connection);
  switch (code & 0xff) {
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      throw Error(Fault::usage,
                  fmt::format("cannot run the query: {}; it may only read, with SELECT, VALUES, "
                              "WITH, EXPLAIN or a PRAGMA that tells something",
                              words));
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
    case SQLITE_INTERNAL:
      throw Error(Fault::usage, fmt::format("cannot run the query: {}", words));
    default:
      sqlite::throw_sqlite_error(path, code, words);
  }
}

Statement compile_next(sqlite3* connection, const std::string& path, const char*& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(connection, sql, -1, &statement, &rest);
  if (code != SQLITE_OK) {
    throw_query_error(connection, path);
  }
  sql = rest;
  return Statement(statement);
}

// The first statement of `sql`, behind which there may be white space, comments and semicolons.
Statement compile(sqlite3* connection, const std::string& path, const std::string& sql) {
  if (sql.find('\0') != std::string::npos) {
    throw Error(Fault::usage, "cannot run the query: it holds a NUL byte");
  }
  const char* rest = sql.c_str();
  Statement statement;
  while (statement == nullptr && *rest != '\0') {
    statement = compile_next(connection, path, rest);
  }
  if (statement == nullptr) {
    throw Error(Fault::usage, "cannot run the query: there is no statement in it");
  }
  while (*rest != '\0') {
    bool another = true;
    try {
      another = compile_next(connection, path, rest) != nullptr;
    } catch (const Error&) {
      // What does not compile is no comment either: `another` says so.
    }
    if (another) {
      throw Error(Fault::usage,
                  "cannot run the query: there is a second statement behind the first; give one at "
                  "a time");
    }
  }
  if (sqlite3_stmt_readonly(statement.get()) == 0) {
    throw Error(Fault::usage, "cannot run the query: it would write, and it may only read");
  }
  if (sqlite3_bind_parameter_count(statement.get()) > 0) {
    throw Error(Fault::usage,
                "cannot run the query: it has a parameter (?, :name, @name or $name); write the "
                "value in its place, and texts in single quotes");
  }
  return statement;
}

// What JSON knows as one: not SQLite's Inf.
bool is_json_number(int type, std::string_view text) {
  const std::size_t digit = text.substr(0, 1) == "-" ? 1 : 0;
  return (type == SQLITE_INTEGER || type == SQLITE_FLOAT) && digit < text.size() &&
         text[digit] >= '0' && text[digit] <= '9';
}

QueryValue value(sqlite3_stmt* statement, int column) {
  const int type = sqlite3_column_type(statement, column);
  if (type == SQLITE_NULL) {
    return {};
  }
  // Text of numbers too; a blob's bytes as they are. The pointer first: it may convert the value.
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  std::string copy(text == nullptr ? "" : text, text == nullptr ? 0 : size);
  const bool is_number = is_json_number(type, copy);
  return {std::move(copy), is_number};
}

void visit_rows(sqlite3* connection, const std::string& path, sqlite3_stmt* statement,
                const QueryVisitor& visitor) {
  const int width = sqlite3_column_count(statement);
  std::vector<std::string> columns;
  for (int i = 0; i < width; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    columns.emplace_back(name == nullptr ? "" : name);
  }
  visitor.header(columns);
  std::vector<QueryValue> values(static_cast<std::size_t>(width));
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < width; ++i) {
      values[static_cast<std::size_t>(i)] = value(statement, i);
    }
    visitor.row(values);
  }
  if (code != SQLITE_DONE) {
    throw_query_error(connection, path);
  }
}

}  // namespace

void query_store(const std::string& location, const std::string& sql, const QueryVisitor& visitor) {
  const std::string path = sqlite::resolve_store_path(location);
  sqlite::FileLocks locks(sqlite::require_store(path));
  sqlite::Database database(path, sqlite::Access::read, locks.lock_writes());
  sqlite3* const connection = database.handle();
  (void)sqlite3_set_authorizer(connection, authorize, nullptr);  // fails for a null handle only
  const Statement statement = compile(connection, path, sql);
  visit_rows(connection, path, statement.get(), visitor);
}

}  // namespace dogged
