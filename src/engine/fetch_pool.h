// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"
#include "engine/attempt.h"

#include <atomic>
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

// What a thread gets for what it handed in.
struct FetchTurn {
  std::optional<FetchOrder> order;  // nothing: it has nothing to do for now
  bool waits_for_store = false;     // no order, although the pace would let one start; also where
                                    // there are no jobs at hand
};

// Where a pool's threads hand in what has ended.
class FetchDesk {
 public:
  virtual ~FetchDesk() = default;
  // Takes it, and gives the order that the calling thread is to go on with, so that in a run at
  // full pace no thread wakes another one. Any thread.
  virtual FetchTurn hand_in(EndedAttempt&& ended) noexcept = 0;
};

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
// queue with a notify_one. Threads at full pace step back behind others (engine/courtesy.h).
// Every order that a thread took is handed in at the desk, also where the thread breaks (then with
// `crash` set) or memory runs out (then as one that is still to be made). start, stop and the
// destructor are for one thread, the run's.
class FetchPool {
 public:
  // `desk` must outlive this.
  FetchPool(const FetchPoolTools& tools, std::size_t max_threads, FetchDesk& desk);
  // Waits for the requests in flight: tell StopSignal first where that must be quick.
  ~FetchPool() { stop(); }
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;

  // Waits for nothing but the end of a thread that has left its seat. Gives the order back where
  // the system gives no thread for it.
  [[nodiscard]] std::optional<FetchOrder> start(FetchOrder order) EXCLUDES(mutex_);
  // No orders after this. Returns when all threads have ended. Again: nothing happens.
  void stop() EXCLUDES(mutex_);
  std::size_t threads() const { return seats_.size(); }

 private:
  // What a thread has for itself.
  struct Worker {
    std::unique_ptr<HttpClient> http;  // once it is needed
    std::string crash;                 // what broke it; empty: nothing
  };

  // One thread's place. `order` and the pool's lists are guarded by the pool's mutex_; `worker` is
  // the thread's own, and that of the one who takes its seat later.
  struct Seat {
    CondVar wake;
    std::optional<FetchOrder> order;
    Worker worker;
    std::thread thread;
  };

  void work(Seat& seat);
  EndedAttempt attempt(FetchOrder&& order, Worker& worker);
  EndedAttempt attempt_or_crash(FetchOrder& order, Worker& worker);
  std::optional<FetchOrder> wait_for_order(Seat& seat, bool leaves) EXCLUDES(mutex_);
  bool give_to_idle(FetchOrder& order) REQUIRES(mutex_);
  bool take_new_seat(FetchOrder& order);
  bool take_seat_again(Seat& seat, FetchOrder& order) EXCLUDES(mutex_);
  bool start_thread(Seat& seat, FetchOrder& order);

  const FetchPoolTools tools_;
  const std::size_t max_threads_;
  FetchDesk& desk_;                           // synchronises itself
  std::vector<std::unique_ptr<Seat>> seats_;  // the run's thread only; seats do not move
  std::atomic<std::size_t> taken_seats_ = 0;  // how many those are; any thread
  Mutex mutex_;
  std::vector<Seat*> idle_ GUARDED_BY(mutex_);         // the last one was idle last
  std::vector<Seat*> left_ GUARDED_BY(mutex_);         // their threads have ended, or are about to
  std::deque<FetchOrder> waiting_ GUARDED_BY(mutex_);  // no thread is free for them yet
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace dogged
