// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/log_watch.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace dogged::sqlite {

// The one connection that a SqliteStore writes with, its locks and its prepared statements.
// One thread at a time.
class WriteConnection {
 public:
  // Opens the store at `path`, making it where there is none. `stop` as for FileLocks. Throws
  // Error.
  explicit WriteConnection(const std::string& path, const StopSignal* stop = nullptr);
  // Closes under the write lock, which checkpoints when nobody else has the store open; without a
  // checkpoint where the lock cannot be had.
  ~WriteConnection();
  WriteConnection(const WriteConnection&) = delete;
  WriteConnection& operator=(const WriteConnection&) = delete;

  const std::string& path() const { return path_; }
  FileLocks& locks() { return locks_; }
  SQLite::Database& connection() { return database_->connection(); }
  Database& database() { return *database_; }

  // The statement for `sql`, prepared once and kept.
  SQLite::Statement& statement(const char* sql);
  void forget_statements();  // while none is in use

 private:
  const std::string path_;
  FileLocks locks_;
  std::optional<Database> database_;
  std::optional<LogWatch> log_watch_;
  std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

// A write transaction under the write lock (which is left to others while it waits for a program
// that knows nothing of that lock); rolled back unless commit() was called. Every failure inside it
// comes as SQLiteCpp's exception, to be wrapped in translated().
class WriteTransaction {
 public:
  explicit WriteTransaction(WriteConnection& connection);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit();  // durable when it returns

 private:
  std::optional<WriteLock> lock_;  // given back last
  WriteConnection& connection_;
};

// One consistent snapshot for the reads of its scope, of which nothing is written.
class ReadTransaction {
 public:
  explicit ReadTransaction(WriteConnection& connection);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  WriteConnection& connection_;
};

// A kept statement in use: reset when the scope ends, so that it holds nothing open. The parameters
// of the last use stay bound, so bind them all; one use of a statement at a time.
class Prepared {
 public:
  // `sql` must be a literal: it is the key of the kept statement.
  Prepared(WriteConnection& connection, const char* sql);
  ~Prepared();
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  SQLite::Statement& operator*() { return statement_; }
  SQLite::Statement* operator->() { return &statement_; }

  // Runs it to its end and makes it ready for the next parameters. How many rows it changed.
  int run();

 private:
  SQLite::Statement& statement_;
};

// NULL where `text` is empty. The text must live until the statement has run.
void bind_text_or_null(SQLite::Statement& statement, int index, const std::string& text);
// One of the frozen words, which are literals.
void bind_word(SQLite::Statement& statement, int index, std::string_view word);
// NULL where `value` is 0.
void bind_or_null_if_zero(SQLite::Statement& statement, int index, std::int64_t value);

}  // namespace dogged::sqlite
