// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace dogged {
class StopSignal;
}
struct sqlite3;

namespace dogged::sqlite {

// Waits while a program that knows nothing of our write lock (a sqlite3 shell, a backup) keeps the
// store locked: as long as for a process of ours, not only for the seconds of a busy timeout, so
// that a run outlives it. Says so once; told to stop, it gives up soon (judge_wait).
// One thread at a time.
class BusyWait {
 public:
  // `stop` may be null.
  BusyWait(std::string store_path, const StopSignal* stop);
  BusyWait(const BusyWait&) = delete;
  BusyWait& operator=(const BusyWait&) = delete;

  // Takes the place of the connection's busy timeout: a statement fails with SQLITE_BUSY once this
  // gives up. This object must outlive the connection.
  void watch(sqlite3* connection);

  // Waits for a moment; how often before, in this wait, is `tries`. False: give up.
  bool wait(int tries);

 private:
  void tell() const noexcept;

  const std::string store_path_;
  const StopSignal* stop_;
  std::chrono::steady_clock::time_point begun_;  // the wait that goes on
  bool told_ = false;                            // in this wait
};

}  // namespace dogged::sqlite
