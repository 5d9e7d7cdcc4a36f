// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

struct sqlite3;

namespace dogged::sqlite {

// Checkpoints the write-ahead log as SQLite would do by itself, every 1000 pages (16 MB), and tells
// the user once when the log grows all the same. What makes it grow: somebody who reads the store
// all the while, an export or a shell in a transaction. A log starts anew only when nobody reads an
// older state of it, so nothing bounds it then but the room on the disk, where a run stops in good
// time; and nobody would think of the shell in the other window.
//
// Lives as long as the connection writes. A thread at a time.
class LogWatch {
 public:
  // From here on the log is longer than exports make it mostly, and the user is told.
  static constexpr std::int64_t kLongLogBytes = std::int64_t{128} << 20U;

  using Tell = std::function<void(std::string_view)>;

  // `connection`, in WAL mode, must not commit any more once this is gone. `path`: the store's.
  LogWatch(sqlite3* connection, std::string path);
  LogWatch(sqlite3* connection, std::string path, std::int64_t long_log_bytes, Tell tell);
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

 private:
  static int after_commit(void* self, sqlite3* connection, const char* schema, int pages);
  void consider(std::int64_t bytes) noexcept;
  void tell(std::int64_t bytes) const noexcept;

  const std::string path_;
  const std::int64_t long_log_bytes_;
  const Tell tell_;
  bool was_long_ = false;
  bool told_ = false;
};

}  // namespace dogged::sqlite
