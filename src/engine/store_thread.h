// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"

#include <exception>
#include <functional>
#include <list>
#include <thread>
#include <vector>

namespace dogged {

// A thread for what a run does with its store, so that a transaction that waits for the disk holds
// no request back. What is posted is done in order, one after the other. All members are for one
// thread, the run's; the posted work alone runs on this one, and nobody else may use the
// store while there is any.
class StoreThread {
 public:
  using Work = std::function<void()>;
  // Gets what the work threw, null where it threw nothing.
  using Then = std::function<void(std::exception_ptr)>;

  // `wake` is called on the thread whenever some work is done; it must not throw.
  explicit StoreThread(std::function<void()> wake);
  // Finishes what was posted; what was to follow on it does not.
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // Both must outlive what they refer to until `then` was run.
  void post(Work work, Then then) EXCLUDES(mutex_);
  // Runs, here, what is to follow on the work that is done; what that throws goes up, and the rest
  // follows at the next call.
  void follow_up() EXCLUDES(mutex_);
  // Waits until all that was posted is done, and follows it up.
  void finish() EXCLUDES(mutex_);
  // The same without what was to follow.
  void drop() noexcept EXCLUDES(mutex_);

 private:
  struct Posted {
    Work work;
    Then then;
    std::exception_ptr error = nullptr;  // once it is done
  };
  void run() EXCLUDES(mutex_);
  void wait_until_idle() EXCLUDES(mutex_);

  const std::function<void()> wake_;
  Mutex mutex_;
  CondVar changed_;  // synchronises itself
  // Lists, from one to the other of which the thread can hand on what is done without memory.
  std::list<Posted> posted_ GUARDED_BY(mutex_);
  std::list<Posted> done_ GUARDED_BY(mutex_);
  bool working_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of these
};

}  // namespace dogged
