// SPDX-License-Identifier: MIT
#include "store/sqlite/busy_wait.h"

#include "base/log.h"
#include "base/stop_signal.h"
#include "base/text.h"
#include "store/sqlite/file_locks.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace dogged::sqlite {
namespace {

constexpr std::chrono::microseconds kLongestPause{20'000};

}  // namespace

BusyWait::BusyWait(std::string store_path, const StopSignal* stop)
    : store_path_(std::move(store_path)), stop_(stop) {}

void BusyWait::watch(sqlite3* connection) {
  const auto call = [](void* self, int tries) {
    return static_cast<BusyWait*>(self)->wait(tries) ? 1 : 0;
  };
  (void)sqlite3_busy_handler(connection, call, this);  // fails for a null handle only
}

// What is thrown would have to pass through SQLite, whose locks would stay. The wait goes on
// untold.
void BusyWait::tell() const noexcept {
  try {
    log_info(
        fmt::format("waiting for another program that keeps {} locked; it goes on when that one is "
                    "done",
                    printable(store_path_)));
  } catch (...) {
    // out of memory
  }
}

bool BusyWait::wait(int tries) {
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) {
    begun_ = now;
    told_ = false;
  }
  const auto waited = std::chrono::duration_cast<Millis>(now - begun_);
  switch (judge_wait(waited, told_, stop_ != nullptr && stop_->stopping())) {
    case WaitVerdict::go_on:
      break;
    case WaitVerdict::tell:
      told_ = true;
      tell();
      break;
    case WaitVerdict::stop:
    case WaitVerdict::give_up:
      return false;
  }
  std::this_thread::sleep_for(
      std::min(std::chrono::microseconds(500) * (tries + 1), kLongestPause));
  return true;
}

}  // namespace dogged::sqlite
