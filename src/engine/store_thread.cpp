// SPDX-License-Identifier: MIT
#include "engine/store_thread.h"

#include "base/error.h"
#include "base/this_thread.h"

#include <string>
#include <system_error>
#include <utility>

namespace dogged {

StoreThread::StoreThread(std::function<void()> wake) : wake_(std::move(wake)) {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& e) {
    throw Error(std::string("cannot start a thread (`ulimit -u`, `ulimit -v`): ") + e.what());
  }
}

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
  posted_.push_back({std::move(work), std::move(then), nullptr});
  changed_.notify_all();
}

void StoreThread::follow_up() {
  for (;;) {
    std::list<Posted> done;
    {
      MutexLock lock(mutex_);
      if (done_.empty()) {
        return;
      }
      done.splice(done.begin(), done_, done_.begin());
    }
    done.front().then(done.front().error);
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
  name_this_thread("dogged-store");
  for (;;) {
    std::list<Posted> next;
    {
      MutexLock lock(mutex_);
      while (posted_.empty() && !stopping_) {
        changed_.wait(mutex_);
      }
      if (posted_.empty()) {
        return;
      }
      next.splice(next.begin(), posted_, posted_.begin());
      working_ = true;
    }
    try {
      next.front().work();
    } catch (...) {
      next.front().error = std::current_exception();
    }
    {
      MutexLock lock(mutex_);
      // Handed on whole: this thread must not be the one that lets go of the error last, beside who
      // reads it.
      done_.splice(done_.end(), next);
      working_ = false;
      changed_.notify_all();
    }
    wake_();
  }
}

}  // namespace dogged
