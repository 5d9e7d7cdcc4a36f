// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"
#include "base/stop_signal.h"
#include "cli/exit_status.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <string>

namespace dogged {

// A command ends because of a signal; nothing is lost.
class Stopped : public Error {
 public:
  Stopped(ExitStatus status, const std::string& message) : Error(message), status_(status) {}
  ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

// While it lives, SIGINT, SIGTERM, SIGHUP (the terminal was closed; left alone where it was
// ignored, as under nohup) and SIGXCPU (the soft limit of `ulimit -t`) are told to `stop`: the
// first drains, a second SIGINT stops at once. One object at a time in a process; made before other
// threads start. `stop` must outlive it.
class SignalGuard {
 public:
  explicit SignalGuard(StopSignal& stop);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  bool interrupted() const;   // SIGINT came
  bool terminated() const;    // another came, and no SIGINT
  const char* cause() const;  // in words, where one came

  static constexpr std::size_t kSignals = 4;

 private:
  std::array<struct sigaction, kSignals> old_;
};

}  // namespace dogged
