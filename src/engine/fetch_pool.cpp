// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/log.h"
#include "http/http_client.h"

#include <chrono>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace dogged {
namespace {

constexpr std::chrono::milliseconds kBeforeNextTry{20};

}  // namespace

// Room for all seats from the start: their threads find theirs without asking for memory.
FetchPool::FetchPool(const FetchPoolTools& tools, std::size_t max_threads,
                     BoundedQueue<EndedAttempt>& ended)
    : tools_(tools), max_threads_(max_threads), ended_(ended) {
  seats_.reserve(max_threads);
  idle_.reserve(max_threads);
}

std::optional<FetchOrder> FetchPool::start(FetchOrder order) {
  {
    MutexLock lock(mutex_);
    if (give_to_idle(order)) {
      return std::nullopt;
    }
  }
  if (seats_.size() < max_threads_) {
    return start_thread(order) ? std::nullopt : std::optional(std::move(order));
  }
  MutexLock lock(mutex_);
  // A thread may have become idle meanwhile: it looks at waiting_ only as it does.
  if (!give_to_idle(order)) {
    waiting_.push_back(std::move(order));
  }
  return std::nullopt;
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

// False, and the order untouched, where the system gives no thread.
bool FetchPool::start_thread(FetchOrder& order) {
  auto seat = std::make_unique<Seat>();
  seat->order = std::move(order);
  try {
    seat->thread = std::thread([this, raw = seat.get()] { work(*raw); });
  } catch (const std::system_error& e) {
    order = std::move(*seat->order);
    log_debug(std::string("no thread can be started: ") + e.what());
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
    crash = e.what();
  } catch (...) {
    crash = "unknown exception";
  }
  while (std::optional<FetchOrder> order = next_order(seat)) {
    hand_over(seat, crashed_attempt(std::move(*order), "a worker thread broke: " + crash,
                                    tools_.clock.wall()));
  }
}

void FetchPool::work_until_stopped(Seat& seat) {
  std::unique_ptr<HttpClient> http;
  while (std::optional<FetchOrder> order = next_order(seat)) {
    EndedAttempt ended;
    try {
      ended = attempt(*order, http);
    } catch (...) {
      MutexLock lock(mutex_);
      seat.order = std::move(*order);  // work() takes it from there and reports it
      throw;
    }
    hand_over(seat, std::move(ended));
  }
}

EndedAttempt FetchPool::attempt(FetchOrder& order, std::unique_ptr<HttpClient>& http) {
  try {
    if (!http) {
      http = tools_.http.make();
    }
    return make_attempt(order, {*http, tools_.builder, tools_.classifier, tools_.clock});
  } catch (const std::bad_alloc&) {
    // A text as short as this takes no memory.
    return unmade_attempt(std::move(order), "out of memory", tools_.clock.wall());
  }
}

void FetchPool::hand_over(Seat& seat, EndedAttempt&& ended) {
  become_idle(seat);
  for (;;) {
    try {
      // False once the queue is closed: the run is over, and the store knows who held the lease.
      (void)ended_.push(std::move(ended));
      return;
    } catch (const std::bad_alloc&) {
      // It is untouched, and must not be lost: others give memory back, or end the run.
      std::this_thread::sleep_for(kBeforeNextTry);
    }
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
