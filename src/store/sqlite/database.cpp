// SPDX-License-Identifier: MIT
#include "store/sqlite/database.h"

#include "base/error.h"
#include "base/system_error.h"
#include "store/open_store.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/store_path.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace dogged::sqlite {
namespace {

// SQLite would make the file with the umask's mode. -wal and -shm take the mode of the file.
void make_private_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);  // before SQLite has it open: closing later would drop SQLite's locks
    return;
  }
  const int error = errno;
  if (error != EEXIST) {
    throw Error(Fault::store_unavailable,
                fmt::format("cannot make the store {}: {}", path, reason_and_remedy(error)));
  }
}

struct Advice {
  const char* what;
  const char* remedy;
};

// SQLite does not tell it from a file that is not there.
bool no_descriptor_is_left() {
  const int probe = ::open("/", O_RDONLY | O_CLOEXEC);
  const int error = errno;
  if (probe >= 0) {
    ::close(probe);
    return false;
  }
  return error == EMFILE || error == ENFILE;
}

// SQLite does not tell EFBIG from a disk that fails.
bool file_size_is_limited() {
  rlimit limit = {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

Advice advice_for(int primary_code) {
  switch (primary_code) {
    case SQLITE_FULL:
      return {"the disk is full", "free some space, then run the same command again"};
    case SQLITE_IOERR:
      if (file_size_is_limited()) {
        return {"this process may write no larger files, or the disk does not read or write",
                "allow larger files (`ulimit -f`), then run the same command again; else check the "
                "disk"};
      }
      return {"the disk does not read or write",
              "check the disk, that it is mounted for writing, and the space and quota left on it"};
    case SQLITE_READONLY:
      return {"it may not be written", "check the permissions of the file and its directory"};
    case SQLITE_CANTOPEN:
      if (no_descriptor_is_left()) {
        return {"this process may open no more files", "allow more open files (`ulimit -n`)"};
      }
      return {"it cannot be opened",
              "check the permissions of the file and its directory, and the space left"};
    case SQLITE_CORRUPT:
      return {"the file is damaged",
              "`dogged verify` tells how far; restore it from a copy (`dogged copy` makes them)"};
    case SQLITE_NOTADB:
      return {"the file is no SQLite database", "name another file with --db"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"another program keeps it locked", "close other programs that have it open"};
    case SQLITE_NOMEM:
      return {"there is no memory left", "free some memory, then run the same command again"};
    default:
      return {"SQLite reports an error", "`dogged verify` tells whether the store is sound"};
  }
}

bool store_does_not_serve(int primary_code) {
  switch (primary_code) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

// SQLite's account of its memory, which nobody asks for, takes a mutex at each allocation. It can
// be left out only before SQLite is used first; later it stays, and nothing else changes.
void keep_no_account_of_memory() {
  [[maybe_unused]] static const int kOnce = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

void throw_sqlite_failure(const std::string& failed, int code, const std::string& words) {
  const int primary = code & 0xff;
  const Advice advice = advice_for(primary);
  const std::string message =
      fmt::format("{}: {} ({}); {}", failed, advice.what, words, advice.remedy);
  if (primary == SQLITE_CORRUPT) {
    throw DamagedStore(message);
  }
  throw Error(store_does_not_serve(primary) ? Fault::store_unavailable : Fault::failure, message);
}

void throw_sqlite_error(const std::string& path, int code, const std::string& words) {
  throw_sqlite_failure(fmt::format("cannot use the store {}", path), code, words);
}

void rethrow_translated(const std::string& path) {
  try {
    throw;
  } catch (const SQLite::Exception& error) {
    throw_sqlite_error(path, error.getErrorCode(), error.what());
  }
}

Database::Database(const std::string& path, Access access, const WriteLock& held)
    : path_(path), busy_(path, held.stop()) {
  if (access == Access::write) {
    make_private_file(path);
  } else if (!is_store_file(path)) {
    throw Error(Fault::usage,
                fmt::format("there is no store at {}; name it with --db, or make one with `dogged "
                            "import` or `dogged fetch`",
                            path));
  }
  keep_no_account_of_memory();
  try {
    connection_ =
        std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
    // First of all. Only other programs make us wait: our processes take turns by the write lock.
    busy_.watch(handle());
    configure(access);
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_NOTADB) {
      throw Error(Fault::usage,
                  fmt::format("{} is a file of another program, not a dogged store; name another "
                              "file with --db",
                              path));
    }
    rethrow_translated(path);
  }
}

Database::~Database() = default;

void Database::configure(Access access) {
  (void)sqlite3_extended_result_codes(handle(), 1);  // fails for a null handle only
  connection_->exec("PRAGMA mmap_size = 0; PRAGMA cache_size = -8192; PRAGMA secure_delete = OFF");
  if (access == Access::read) {
    forgo_checkpoint();
    connection_->exec("PRAGMA query_only = ON");
    require_readable_schema(*connection_, path_);
    return;
  }
  prepare_writer();
}

void Database::prepare_writer() {
  // The page size counts while the file is empty only, and the file is touched first by migrate(),
  // which must not find a file of another program turned to WAL: so that is looked at before.
  connection_->exec("PRAGMA page_size = 16384; PRAGMA synchronous = FULL");
  refuse_unknown_file(*connection_, path_);
  // The row comes before the commit, which may fail: the statement has to be run to its end.
  std::string mode;
  SQLite::Statement change(*connection_, "PRAGMA journal_mode = WAL");
  while (change.executeStep()) {
    mode = change.getColumn(0).getString();
  }
  if (mode != "wal") {
    throw Error(Fault::store_unavailable,
                fmt::format("cannot use the store {}: its file system does not allow a write-ahead "
                            "log; name a file on a local disk with --db",
                            path_));
  }
  // A log that an export made grow is cut back once it is checkpointed.
  connection_->exec("PRAGMA journal_size_limit = 67108864");
  migrate(*connection_, path_);
}

sqlite3* Database::handle() {
  return connection_->getHandle();
}

// What is written to a file without its name is lost with the last process that has it open.
void Database::require_in_place() {
  int moved = 0;
  (void)sqlite3_file_control(handle(), nullptr, SQLITE_FCNTL_HAS_MOVED, &moved);  // or it stays 0
  if (moved != 0) {
    throw Error(Fault::store_unavailable,
                fmt::format("the store {} was removed, moved or replaced while this program had it "
                            "open; if it was moved, put it back together with {}-wal",
                            path_, path_));
  }
}

bool Database::begin_write() {
  require_in_place();
  (void)sqlite3_busy_handler(handle(), nullptr, nullptr);  // fails for a null handle only
  const int code = sqlite3_exec(handle(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  busy_.watch(handle());
  if ((code & 0xff) == SQLITE_BUSY) {
    return false;
  }
  if (code != SQLITE_OK) {
    throw SQLite::Exception(handle(), code);
  }
  return true;
}

void Database::forgo_checkpoint() {
  int now = 0;
  (void)sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &now);
}

}  // namespace dogged::sqlite
