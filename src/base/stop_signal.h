// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace dogged {

// How a run is told to end. `drain`: claim no more, finish what is in flight. `stop`: leave at
// once; what is in flight is interrupted. The level only ever rises. request_drain and request_stop
// are async-signal-safe: a signal handler may call them, as may any thread. The object must outlive
// all who hold it.
class StopSignal {
 public:
  StopSignal();  // throws Error where the system has no descriptors left
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void request_drain() noexcept;
  void request_stop() noexcept;

  bool draining() const noexcept { return level_.load() >= kDrain; }  // true when stopping too
  bool stopping() const noexcept { return level_.load() >= kStop; }

  // A descriptor that becomes readable, and stays so, at request_stop; for poll() beside a socket.
  int stop_fd() const noexcept { return stop_fd_; }
  // The same for request_drain (request_stop makes it readable too).
  int drain_fd() const noexcept { return drain_fd_; }

 private:
  static constexpr int kNone = 0, kDrain = 1, kStop = 2;
  std::atomic<int> level_{kNone};
  int drain_fd_ = -1;  // constant after construction
  int stop_fd_ = -1;   // constant after construction
};

}  // namespace dogged
