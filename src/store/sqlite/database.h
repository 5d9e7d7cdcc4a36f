// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/busy_wait.h"
#include "store/sqlite/file_locks.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace SQLite {
class Database;
}
struct sqlite3;

namespace dogged::sqlite {

// PRAGMA application_id of a store: "dgd1". Frozen.
inline constexpr std::int32_t kApplicationId = 0x64676431;

// The schema that this program writes: the number of the last migration.
int newest_schema_version();

enum class Access {
  write,  // makes the file (mode 0600) where there is none, and brings its schema up to date
  read,   // query_only; neither checkpoints nor removes the WAL when it closes
};

// A connection to the store's file, set up as every connection of ours must be. It is opened under
// the write lock (`held`), and a writer's is closed under it too (forgo_checkpoint() where the lock
// cannot be had). A reader that begins its read transaction before `held` is given back sees the
// same snapshot as others that did so under the same lock. The StopSignal of `held` cuts waits for
// other programs short and must outlive it. One thread at a time.
class Database {
 public:
  // `path` comes from resolve_store_path. Throws Error: usage for no store at `path` (read), a file
  // of another program, a schema newer than this program; store_unavailable for the rest.
  Database(const std::string& path, Access access, const WriteLock& held);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // SQLiteCpp and SQLite throw and return errors of their own: wrap their use in translated().
  SQLite::Database& connection() { return *connection_; }
  sqlite3* handle();
  const std::string& path() const { return path_; }

  // BEGIN IMMEDIATE, without a wait: false where another program writes. Throws
  // Error(store_unavailable) where the file is no longer the one of that name.
  bool begin_write();

  // Closing leaves the WAL file as it is; the next writer checkpoints it.
  void forgo_checkpoint();

 private:
  void require_in_place();
  void configure(Access access);
  void prepare_writer();

  std::string path_;
  BusyWait busy_;  // outlives the connection
  std::unique_ptr<SQLite::Database> connection_;
};

// An Error that tells in plain words what SQLite's result code `code` (primary or extended) means
// for the store at `path` and what to do. `words`: sqlite3_errmsg.
[[noreturn]] void throw_sqlite_error(const std::string& path, int code, const std::string& words);
// The same of what failed in other words: "cannot copy A to B".
[[noreturn]] void throw_sqlite_failure(const std::string& failed, int code,
                                       const std::string& words);

// Inside a catch block: rethrows the current exception, SQLiteCpp's as an Error.
[[noreturn]] void rethrow_translated(const std::string& path);

// Runs `work`; SQLiteCpp's exceptions come out as Error.
template <typename Work>
auto translated(const std::string& path, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    rethrow_translated(path);
  }
}

}  // namespace dogged::sqlite
