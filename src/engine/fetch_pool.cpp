// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/error.h"
#include "base/log.h"
#include "http/http_client.h"

#include <exception>
#include <system_error>
#include <utility>

namespace dogged {

FetchPool::FetchPool(const FetchPoolTools& tools, std::size_t max_threads,
                     BoundedQueue<EndedAttempt>& ended)
    : tools_(tools), max_threads_(max_threads), ended_(ended) {}

void FetchPool::start(FetchOrder order) {
  {
    MutexLock lock(mutex_);
    if (give_to_idle(order)) {
      return;
    }
  }
  if (seats_.size() < max_threads_ && start_thread(order)) {
    return;
  }
  MutexLock lock(mutex_);
  // A thread may have become idle meanwhile: it looks at waiting_ only as it does.
  if (!give_to_idle(order)) {
    waiting_.push_back(std::move(order));
  }
}

// The thread that became idle last: its memory is warm.
bool FetchPool::give_to_idle(FetchOrder& order) {
  if (idle_.empty()) {
    return false;
  }
  Seat& seat = *idle_.back();
  idle_.pop_back();
  seat.order = std::move(order);
  seat.wake.notify_one();
  return true;
}

void FetchPool::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& seat : seats_) {
      seat->wake.notify_one();
    }
  }
  for (const auto& seat : seats_) {
    if (seat->thread.joinable()) {
      seat->thread.join();
    }
  }
}

// False where the system gives no thread but there are others: the order waits for one of them.
bool FetchPool::start_thread(FetchOrder& order) {
  auto seat = std::make_unique<Seat>();
  seat->order = std::move(order);
  try {
    seat->thread = std::thread([this, raw = seat.get()] { work(*raw); });
  } catch (const std::system_error& e) {
    order = std::move(*seat->order);
    if (seats_.empty()) {
      throw Error(std::string("cannot start a thread: ") + e.what());
    }
    log_debug(std::string("going on with fewer threads than wanted: ") + e.what());
    return false;
  }
  seats_.push_back(std::move(seat));
  return true;
}

// The body of a thread. What breaks it is reported with the order it had, and with every order it
// gets after: the dispatcher ends the run at the first.
void FetchPool::work(Seat& seat) {
  std::string crash;
  try {
    work_until_stopped(seat);
    return;
  } catch (const std::exception& e) {
    crash = std::string("a worker thread broke: ") + e.what();
  } catch (...) {
    crash = "a worker thread broke: unknown exception";
  }
  while (std::optional<FetchOrder> order = next_order(seat)) {
    become_idle(seat);
    // False once the queue is closed: the run is over, and the store knows who held the lease.
    (void)ended_.push(crashed_attempt(std::move(*order), crash, tools_.clock.wall()));
  }
}

void FetchPool::work_until_stopped(Seat& seat) {
  const std::unique_ptr<HttpClient> http = tools_.http.make();
  const AttemptTools tools{*http, tools_.builder, tools_.classifier, tools_.clock};
  while (std::optional<FetchOrder> order = next_order(seat)) {
    EndedAttempt ended;
    try {
      ended = make_attempt(*order, tools);
    } catch (...) {
      MutexLock lock(mutex_);
      seat.order = std::move(*order);  // work() takes it from there and reports it
      throw;
    }
    become_idle(seat);
    (void)ended_.push(std::move(ended));  // as above
  }
}

// Nothing once stopped and nothing is left to do.
std::optional<FetchOrder> FetchPool::next_order(Seat& seat) {
  MutexLock lock(mutex_);
  while (!seat.order && !stopping_) {
    seat.wake.wait(mutex_);
  }
  std::optional<FetchOrder> order;
  order.swap(seat.order);
  return order;
}

// Before the ending is handed over, so that the start it makes room for finds this thread. The
// waiting order is taken here: of several threads that end, only one may count on it.
void FetchPool::become_idle(Seat& seat) {
  MutexLock lock(mutex_);
  if (waiting_.empty()) {
    idle_.push_back(&seat);
  } else {
    seat.order = std::move(waiting_.front());
    waiting_.pop_front();
  }
}

}  // namespace dogged
