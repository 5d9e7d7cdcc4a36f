// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/system_error.h"
#include "base/temporary_file.h"
#include "store/open_store.h"
#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/reader_statement.h"
#include "store/sqlite/store_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

namespace dogged {

namespace {

constexpr int kPagesAStep = 1024;  // 16 MB

[[noreturn]] void throw_copy_error(const std::string& what, int error) {
  throw Error(fault_of(error),
              fmt::format("cannot copy the store: {}: {}", what, reason_and_remedy(error)));
}

void refuse_existing(const std::string& target) {
  // A log that lies there would be taken for the copy's own by the first who opens it.
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string path = target + suffix;
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
      throw Error(Fault::usage,
                  fmt::format("cannot copy the store to {}: {} exists; name another file, or "
                              "remove it first",
                              target, path));
    }
  }
}

// TARGET.tmp-dogged-XXXXXX, mode 0600, gone at the end of the scope unless it became the target.
class TemporaryCopy {
 public:
  explicit TemporaryCopy(std::string target) : target_(std::move(target)) {
    descriptor_ = make_temporary_beside(target_, path_);
    if (descriptor_ < 0) {
      const int error = errno;
      throw_copy_error(fmt::format("cannot make {}", path_), error);
    }
  }
  ~TemporaryCopy() {
    if (!path_.empty()) {
      (void)::unlink(path_.c_str());  // the error that brings us here is told instead
    }
    ::close(descriptor_);  // nothing was written by it
  }
  TemporaryCopy(const TemporaryCopy&) = delete;
  TemporaryCopy& operator=(const TemporaryCopy&) = delete;

  const std::string& path() const { return path_; }

  // On the disk, then under its final name, on the disk.
  void commit() {
    sync(path_, O_RDONLY);
    // link and unlink, not rename: that would replace a file that somebody made meanwhile.
    if (::link(path_.c_str(), target_.c_str()) != 0) {
      const int error = errno;
      if (error == EEXIST) {
        refuse_existing(target_);
      }
      rename_where_links_are_unknown(error);
    } else {
      (void)::unlink(path_.c_str());  // the copy stands; a second name for it does no harm
    }
    path_.clear();
    sync(std::filesystem::path(target_).parent_path().string(), O_RDONLY | O_DIRECTORY);
  }

 private:
  // FAT and some FUSE file systems.
  void rename_where_links_are_unknown(int error) {
    if (error != EPERM && error != EOPNOTSUPP && error != ENOSYS) {
      throw_copy_error(fmt::format("cannot name {}", target_), error);
    }
    refuse_existing(target_);
    if (::rename(path_.c_str(), target_.c_str()) != 0) {
      const int rename_error = errno;
      throw_copy_error(fmt::format("cannot rename {} to {}", path_, target_), rename_error);
    }
  }

  static void sync(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) {
      const int error = errno;
      throw_copy_error(fmt::format("cannot open {}", path), error);
    }
    const int failed = ::fsync(descriptor);
    const int error = errno;
    ::close(descriptor);  // read only: nothing can be lost by it
    if (failed != 0) {
      throw_copy_error(fmt::format("cannot write {} to the disk", path), error);
    }
  }

  std::string target_;
  std::string path_;
  int descriptor_ = -1;  // holds the file, so that nobody takes it for a leftover
};

struct Closer {
  void operator()(sqlite3* connection) const { (void)sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, Closer>;

// `failed` begins the message of an error: SQLite does not tell which of the two files it was.
Connection open_copy(const std::string& path, const std::string& failed) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  Connection connection(opened);
  if (code != SQLITE_OK) {
    sqlite::throw_sqlite_failure(failed, code, sqlite3_errstr(code));
  }
  // Nobody knows the file before it is whole and synced: it needs no journal of its own.
  for (const char* sql : {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"}) {
    const int set = sqlite3_exec(opened, sql, nullptr, nullptr, nullptr);
    if (set != SQLITE_OK) {
      sqlite::throw_sqlite_failure(failed, set, sqlite3_errmsg(opened));
    }
  }
  return connection;
}

// The read transaction pins what is copied: writers go on, and the backup never starts again.
void copy_pages(sqlite::Database& source, sqlite3* copy, const std::string& failed) {
  using sqlite::ReadStatement;
  ReadStatement(source.handle(), source.path(), "BEGIN").step();
  ReadStatement(source.handle(), source.path(), "SELECT 1 FROM settings LIMIT 1").step();
  sqlite3_backup* const backup = sqlite3_backup_init(copy, "main", source.handle(), "main");
  if (backup == nullptr) {
    sqlite::throw_sqlite_failure(failed, sqlite3_extended_errcode(copy), sqlite3_errmsg(copy));
  }
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(backup, kPagesAStep);
  }
  const int finished = sqlite3_backup_finish(backup);  // what went wrong in a step
  if (code != SQLITE_DONE || finished != SQLITE_OK) {
    const int told = finished != SQLITE_OK ? finished : code;
    sqlite::throw_sqlite_failure(failed, told, sqlite3_errstr(told));
  }
}

}  // namespace

void copy_store(const std::string& location, const std::string& target) {
  const std::string path = sqlite::resolve_store_path(location);
  const std::string target_path = sqlite::resolve_store_path(target);
  sqlite::FileLocks locks(sqlite::require_store(path));
  refuse_existing(target_path);
  sqlite::Database source(path, sqlite::Access::read, locks.lock_writes());
  TemporaryCopy temporary(target_path);
  {
    const std::string failed = fmt::format("cannot copy the store {} to {}", path, target_path);
    const Connection copy = open_copy(temporary.path(), failed);
    copy_pages(source, copy.get(), failed);
  }
  temporary.commit();
}

}  // namespace dogged
