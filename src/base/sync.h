// SPDX-License-Identifier: MIT
// A mutex that clang's thread safety analysis understands; libstdc++'s own is not annotated. With
// g++ the macros expand to nothing.
#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define DOGGED_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define DOGGED_THREAD_ATTRIBUTE(x)
#endif

#define CAPABILITY(x) DOGGED_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY DOGGED_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) DOGGED_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) DOGGED_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) DOGGED_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) DOGGED_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) DOGGED_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS DOGGED_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace dogged {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Wait in a `while (!condition)` loop, not with a predicate lambda: the analysis does not see
// through lambdas.
class CondVar {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();  // held, as before
  }
  // False when `deadline` has passed.
  bool wait_until(Mutex& mutex, SteadyTime deadline) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool in_time = cv_.wait_until(lock, deadline) == std::cv_status::no_timeout;
    lock.release();
    return in_time;
  }
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace dogged
