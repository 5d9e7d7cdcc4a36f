// SPDX-License-Identifier: MIT
#include "store/sqlite/write_connection.h"

#include "base/error.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

namespace dogged::sqlite {

WriteConnection::WriteConnection(const std::string& path, const StopSignal* stop)
    : path_(path), locks_(path, stop) {
  const WriteLock held = locks_.lock_writes();
  database_.emplace(path_, Access::write, held);
  log_watch_.emplace(database_->handle(), path_);
}

WriteConnection::~WriteConnection() {
  statements_.clear();
  try {
    const WriteLock held = locks_.lock_writes();
    database_.reset();
  } catch (const Error&) {
    database_->forgo_checkpoint();  // the next one who opens the store does it
    database_.reset();
  }
}

SQLite::Statement& WriteConnection::statement(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    kept = std::make_unique<SQLite::Statement>(connection(), sql);
  }
  return *kept;
}

void WriteConnection::forget_statements() {
  statements_.clear();
}

WriteTransaction::WriteTransaction(WriteConnection& connection) : connection_(connection) {
  std::optional<BusyWait> wait;
  for (int tries = 0;; ++tries) {
    lock_.emplace(connection_.locks().lock_writes());
    if (connection_.database().begin_write()) {
      return;
    }
    if (!wait) {
      wait.emplace(connection_.path(), lock_->stop());
    }
    lock_.reset();  // those who only read are let in meanwhile
    if (!wait->wait(tries)) {
      throw_sqlite_error(connection_.path(), SQLITE_BUSY, "database is locked");
    }
  }
}

WriteTransaction::~WriteTransaction() {
  // A full disk makes SQLite roll back by itself.
  if (sqlite3_get_autocommit(connection_.database().handle()) == 0) {
    (void)connection_.connection().tryExec("ROLLBACK");  // what fails here fails the next use
  }
}

void WriteTransaction::commit() {
  connection_.connection().exec("COMMIT");
}

ReadTransaction::ReadTransaction(WriteConnection& connection) : connection_(connection) {
  Prepared(connection_, "BEGIN").run();
}

ReadTransaction::~ReadTransaction() {
  (void)connection_.connection().tryExec("COMMIT");  // ends the snapshot; nothing can be lost
}

Prepared::Prepared(WriteConnection& connection, const char* sql)
    : statement_(connection.statement(sql)) {}

Prepared::~Prepared() {
  (void)statement_.tryReset();  // repeats the error of the last step, which was thrown
}

int Prepared::run() {
  const int changed = statement_.exec();
  statement_.reset();
  return changed;
}

void bind_text_or_null(SQLite::Statement& statement, int index, const std::string& text) {
  if (text.empty()) {
    statement.bind(index);
  } else {
    statement.bindNoCopy(index, text);
  }
}

void bind_word(SQLite::Statement& statement, int index, std::string_view word) {
  statement.bindNoCopy(index, word.data());  // a literal ends in NUL
}

void bind_or_null_if_zero(SQLite::Statement& statement, int index, std::int64_t value) {
  if (value == 0) {
    statement.bind(index);
  } else {
    statement.bind(index, value);
  }
}

}  // namespace dogged::sqlite
