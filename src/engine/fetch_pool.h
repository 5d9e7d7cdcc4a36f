// SPDX-License-Identifier: MIT
#pragma once

#include "base/bounded_queue.h"
#include "base/sync.h"
#include "engine/attempt.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace dogged {

class HttpClient;
class HttpClientFactory;

// What a pool's threads share. All must outlive the pool.
struct FetchPoolTools {
  HttpClientFactory& http;
  const RequestBuilder& builder;
  const Classifier& classifier;
  const Clock& clock;
};

// The worker threads, each with its own HTTP client. A thread is started when an order finds none
// idle, up to `max_threads`. The thread that was idle last gets the next order, so that under a
// small limit few connections stay warm instead of many going cold in turn; that is why this is no
// queue with a notify_one.
// Every order that start() took comes back through `ended`, also where its thread breaks (then with
// `crash` set) or memory runs out (then as one that is still to be made). start, stop and the
// destructor are for one thread, the dispatcher's.
class FetchPool {
 public:
  // `ended` must hold as many as are in flight, so that no thread waits for room, and outlive this.
  FetchPool(const FetchPoolTools& tools, std::size_t max_threads,
            BoundedQueue<EndedAttempt>& ended);
  // Waits for the requests in flight: tell StopSignal first where that must be quick.
  ~FetchPool() { stop(); }
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;

  // Never waits. Gives the order back where the system gives no thread for it.
  [[nodiscard]] std::optional<FetchOrder> start(FetchOrder order) EXCLUDES(mutex_);
  // No orders after this. Returns when all threads have ended. Again: nothing happens.
  void stop() EXCLUDES(mutex_);
  std::size_t threads() const { return seats_.size(); }

 private:
  // One thread's place. `order` and the pool's lists are guarded by the pool's mutex_.
  struct Seat {
    CondVar wake;
    std::optional<FetchOrder> order;
    std::thread thread;
  };

  void work(Seat& seat);
  void work_until_stopped(Seat& seat);
  EndedAttempt attempt(FetchOrder& order, std::unique_ptr<HttpClient>& http);
  void hand_over(Seat& seat, EndedAttempt&& ended);
  std::optional<FetchOrder> next_order(Seat& seat) EXCLUDES(mutex_);
  void become_idle(Seat& seat) EXCLUDES(mutex_);
  bool give_to_idle(FetchOrder& order) REQUIRES(mutex_);
  bool start_thread(FetchOrder& order);

  const FetchPoolTools tools_;
  const std::size_t max_threads_;
  BoundedQueue<EndedAttempt>& ended_;         // synchronises itself
  std::vector<std::unique_ptr<Seat>> seats_;  // the dispatcher's thread only; seats do not move
  Mutex mutex_;
  std::vector<Seat*> idle_ GUARDED_BY(mutex_);         // the last one was idle last
  std::deque<FetchOrder> waiting_ GUARDED_BY(mutex_);  // no thread is free for them yet
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace dogged
