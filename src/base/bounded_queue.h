// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace dogged {

// A first-in first-out queue between threads that holds at most `capacity` items.
// Full: push waits, which is how a slow consumer slows its producers. Closed: push returns false
// and leaves the item with the caller (nothing is dropped silently); pop goes on until it is empty.
// Any thread may call any member; the queue must outlive all callers.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // Waits while full. False, and `item` untouched, once closed.
  bool push(T&& item) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!closed_ && items_.size() >= capacity_) {
      not_full_.wait(mutex_);
    }
    if (closed_) {
      return false;
    }
    items_.push_back(std::move(item));
    not_empty_.notify_one();
    return true;
  }

  // Waits while empty. Nothing once closed and empty.
  std::optional<T> pop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!closed_ && items_.empty()) {
      not_empty_.wait(mutex_);
    }
    if (items_.empty()) {
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    not_full_.notify_one();
    return item;
  }

  // Everything there is, waiting until `deadline` for the first item; empty when none came, when
  // closed, or when wake() was called.
  std::vector<T> pop_all_until(SteadyTime deadline) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!closed_ && !woken_ && items_.empty()) {
      if (!not_empty_.wait_until(mutex_, deadline)) {
        break;
      }
    }
    woken_ = false;
    std::vector<T> all(std::make_move_iterator(items_.begin()),
                       std::make_move_iterator(items_.end()));
    items_.clear();
    not_full_.notify_all();
    return all;
  }

  // Makes the consumer in pop_all_until return at once.
  void wake() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    woken_ = true;
    not_empty_.notify_all();
  }

  void close() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    closed_ = true;
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  std::size_t size() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  CondVar not_full_;   // synchronises itself
  CondVar not_empty_;  // synchronises itself
  std::deque<T> items_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace dogged
