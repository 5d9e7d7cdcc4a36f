// SPDX-License-Identifier: MIT
#pragma once

#include "base/stop_signal.h"

#include <functional>
#include <thread>

namespace dogged {

// Calls `wake` when a StopSignal is told to drain, and again when it is told to stop. A thread that
// polls the signal's descriptors, because a signal handler may not take the lock that waking needs.
// `signal` and what `wake` uses must outlive it.
class SignalWatch {
 public:
  // `wake` is called by the watch's thread; it must not throw. Throws Error where the system gives
  // no descriptor or no thread.
  SignalWatch(const StopSignal& signal, std::function<void()> wake);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch() const;

  const StopSignal& signal_;
  const std::function<void()> wake_;
  int leave_fd_ = -1;  // readable when the watch is to end; constant while the thread runs
  std::thread thread_;
};

}  // namespace dogged
