// SPDX-License-Identifier: MIT
#include "engine/store_thread.h"

#include <optional>
#include <utility>

namespace dogged {

StoreThread::StoreThread(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void StoreThread::post(Work work, Then then) {
  MutexLock lock(mutex_);
  posted_.push_back({std::move(work), std::move(then)});
  changed_.notify_all();
}

void StoreThread::follow_up() {
  for (;;) {
    std::optional<Done> done;
    {
      MutexLock lock(mutex_);
      if (done_.empty()) {
        return;
      }
      done = std::move(done_.front());
      done_.pop_front();
    }
    done->then(done->error);
  }
}

void StoreThread::finish() {
  wait_until_idle();
  follow_up();
}

void StoreThread::drop() noexcept {
  wait_until_idle();
  MutexLock lock(mutex_);
  done_.clear();
}

void StoreThread::wait_until_idle() {
  MutexLock lock(mutex_);
  while (working_ || !posted_.empty()) {
    changed_.wait(mutex_);
  }
}

void StoreThread::run() {
  for (;;) {
    std::optional<Posted> next;
    {
      MutexLock lock(mutex_);
      while (posted_.empty() && !stopping_) {
        changed_.wait(mutex_);
      }
      if (posted_.empty()) {
        return;
      }
      next = std::move(posted_.front());
      posted_.pop_front();
      working_ = true;
    }
    std::exception_ptr error;
    try {
      next->work();
    } catch (...) {
      error = std::current_exception();
    }
    {
      MutexLock lock(mutex_);
      // Moved: this thread must not be the one that lets go of it last, beside who reads it.
      done_.push_back({std::move(next->then), std::move(error)});
      working_ = false;
      changed_.notify_all();
    }
    wake_();
  }
}

}  // namespace dogged
