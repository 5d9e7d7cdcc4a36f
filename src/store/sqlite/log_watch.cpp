// SPDX-License-Identifier: MIT
#include "store/sqlite/log_watch.h"

#include "base/log.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace dogged::sqlite {
namespace {

constexpr int kCheckpointPages = 1000;  // SQLite's own figure
constexpr std::int64_t kPageBytes = 16384;

}  // namespace

LogWatch::LogWatch(sqlite3* connection, std::string path)
    : LogWatch(connection, std::move(path), kLongLogBytes, log_warning) {}

LogWatch::LogWatch(sqlite3* connection, std::string path, std::int64_t long_log_bytes, Tell tell)
    : path_(std::move(path)), long_log_bytes_(long_log_bytes), tell_(std::move(tell)) {
  (void)sqlite3_wal_hook(connection, after_commit, this);  // in place of the automatic checkpoint
}

// Called when a commit is durable, so that nothing here may fail it. A checkpoint that fails is
// made after the next commit: the log holds all.
int LogWatch::after_commit(void* self, sqlite3* connection, const char* schema, int pages) {
  if (pages >= kCheckpointPages) {
    (void)sqlite3_wal_checkpoint_v2(connection, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                    nullptr);
  }
  static_cast<LogWatch*>(self)->consider(pages * kPageBytes);
  return SQLITE_OK;
}

// One large commit makes a long log too; the next one starts it anew, if nobody reads the old.
void LogWatch::consider(std::int64_t bytes) noexcept {
  const bool is_long = bytes > long_log_bytes_;
  if (is_long && was_long_ && !told_) {
    told_ = true;
    tell(bytes);
  }
  was_long_ = is_long;
  told_ = told_ && is_long;
}

// What is thrown would have to pass through SQLite, whose locks would stay.
void LogWatch::tell(std::int64_t bytes) const noexcept {
  try {
    tell_(
        fmt::format("the store's log, {}-wal, has grown to {} MB, as another program has kept a "
                    "state of the store open for reading: an export, or a shell within a "
                    "transaction; it shrinks once that ends",
                    path_, bytes >> 20U));
  } catch (...) {
    // Out of memory: it stays untold.
  }
}

}  // namespace dogged::sqlite
