// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"
#include "base/stop_signal.h"
#include "cli/exit_status.h"

#include <csignal>
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

// While it lives, SIGINT and SIGTERM are told to `stop`: the first drains, a second SIGINT stops at
// once. One object at a time in a process; made before other threads start. `stop` must outlive it.
class SignalGuard {
 public:
  explicit SignalGuard(StopSignal& stop);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  bool interrupted() const;  // SIGINT came
  bool terminated() const;   // SIGTERM came, and no SIGINT

 private:
  struct sigaction old_interrupt_;
  struct sigaction old_terminate_;
};

}  // namespace dogged
