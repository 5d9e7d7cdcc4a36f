// SPDX-License-Identifier: MIT
#pragma once

#include "base/stop_signal.h"
#include "base/sync.h"
#include "http/unique_fd.h"

#include <functional>
#include <thread>
#include <unordered_set>

namespace dogged {

// Wakes all who block in a read, at the moment the run is told to stop: one thread waits for
// StopSignal::stop_fd() and then shuts down every socket it was told of. That lets a worker wait
// for its answer in a plain recv() instead of a poll() on two descriptors in front of it: one
// system call a request less, of four. add and remove: any thread. The StopSignal must outlive the
// watcher, the watcher its sockets.
class StopWatcher {
 public:
  // `on_stop` is called once, by the watcher's thread, at the stop. Throws Error where the system
  // gives no descriptor or thread.
  StopWatcher(const StopSignal& stop, std::function<void()> on_stop);
  ~StopWatcher();
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

  const StopSignal& stop() const { return stop_; }

  // A socket added after the stop is not shut down: its owner asks stop().stopping() before it
  // waits.
  void add(int fd) EXCLUDES(mutex_);
  // Before the descriptor is closed.
  void remove(int fd) EXCLUDES(mutex_);

 private:
  void watch();

  const StopSignal& stop_;               // synchronises itself
  const std::function<void()> on_stop_;  // constant after construction
  UniqueFd quit_;                        // an eventfd; constant after construction
  Mutex mutex_;
  std::unordered_set<int> sockets_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dogged
