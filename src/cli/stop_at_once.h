// SPDX-License-Identifier: MIT
#pragma once

#include "base/stop_signal.h"

#include <filesystem>
#include <thread>

namespace dogged {

// While it lives, a request to stop at once ends the process with ExitStatus::interrupted, whatever
// the caller's thread is caught in (a filter that does not end, say), and `temporary` is removed
// first; empty: nothing is. `stop` must outlive it.
class StopAtOnce {
 public:
  StopAtOnce(const StopSignal& stop, std::filesystem::path temporary);
  ~StopAtOnce();
  StopAtOnce(const StopAtOnce&) = delete;
  StopAtOnce& operator=(const StopAtOnce&) = delete;

 private:
  void watch() const;

  const StopSignal& stop_;
  const std::filesystem::path temporary_;
  StopSignal ended_;
  std::thread thread_;  // last: it reads the others
};

}  // namespace dogged
