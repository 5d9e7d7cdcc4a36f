// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/log.h"
#include "base/this_thread.h"
#include "engine/courtesy.h"
#include "http/http_client.h"

#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace dogged {

// Room for all seats from the start: their threads find theirs without asking for memory.
FetchPool::FetchPool(const FetchPoolTools& tools, std::size_t max_threads, FetchDesk& desk)
    : tools_(tools), max_threads_(max_threads), desk_(desk) {
  seats_.reserve(max_threads);
  idle_.reserve(max_threads);
  left_.reserve(max_threads);
}

std::optional<FetchOrder> FetchPool::start(FetchOrder order) {
  Seat* left = nullptr;
  {
    MutexLock lock(mutex_);
    if (give_to_idle(order)) {
      return std::nullopt;
    }
    if (!left_.empty()) {
      left = left_.back();
      left_.pop_back();
    } else if (seats_.size() == max_threads_) {
      waiting_.push_back(std::move(order));
      return std::nullopt;
    }
  }
  const bool started = left != nullptr ? take_seat_again(*left, order) : take_new_seat(order);
  return started ? std::nullopt : std::optional(std::move(order));
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

bool FetchPool::take_new_seat(FetchOrder& order) {
  auto seat = std::make_unique<Seat>();
  if (!start_thread(*seat, order)) {
    return false;
  }
  seats_.push_back(std::move(seat));
  taken_seats_.store(seats_.size(), std::memory_order_relaxed);
  return true;
}

bool FetchPool::take_seat_again(Seat& seat, FetchOrder& order) {
  if (seat.thread.joinable()) {
    seat.thread.join();  // has nothing left to do
  }
  if (start_thread(seat, order)) {
    return true;
  }
  MutexLock lock(mutex_);
  left_.push_back(&seat);
  return false;
}

// False, and the order untouched, where the system gives no thread.
bool FetchPool::start_thread(Seat& seat, FetchOrder& order) {
  seat.order = std::move(order);
  try {
    seat.thread = std::thread([this, &seat] { work(seat); });
  } catch (const std::system_error& e) {
    order = std::move(*seat.order);
    seat.order.reset();
    log_debug(std::string("no thread can be started: ") + e.what());
    return false;
  }
  return true;
}

// The body of a thread. Its first order lies on its seat already.
void FetchPool::work(Seat& seat) {
  name_this_thread("dogged-http");
  Courtesy courtesy;
  std::optional<FetchOrder> order;
  {
    MutexLock lock(mutex_);
    order.swap(seat.order);
  }
  while (order) {
    FetchTurn turn = desk_.hand_in(attempt(std::move(*order), seat.worker));
    order = std::move(turn.order);
    if (order || turn.waits_for_store) {
      courtesy.went_on(taken_seats_.load(std::memory_order_relaxed));
    } else {
      courtesy.rested();
    }
    if (!order) {
      order = wait_for_order(seat, courtesy.stepped_back() && !turn.waits_for_store);
    }
  }
}

EndedAttempt FetchPool::attempt(FetchOrder&& order, Worker& worker) {
  try {
    return attempt_or_crash(order, worker);
  } catch (const std::bad_alloc&) {
    // A text as short as this takes no memory.
    return unmade_attempt(std::move(order), "out of memory", tools_.clock.wall());
  }
}

// What breaks the thread is reported with the order it had, and with every order it gets after: the
// dispatcher ends the run at the first.
EndedAttempt FetchPool::attempt_or_crash(FetchOrder& order, Worker& worker) {
  try {
    if (worker.crash.empty()) {
      if (!worker.http) {
        worker.http = tools_.http.make();
      }
      return make_attempt(order, {*worker.http, tools_.builder, tools_.classifier, tools_.clock});
    }
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    worker.crash = std::string("a worker thread broke: ") + e.what();
  } catch (...) {
    worker.crash = "a worker thread broke: unknown exception";
  }
  return crashed_attempt(std::move(order), worker.crash, tools_.clock.wall());
}

// Nothing once stopped and nothing is left to do, or where the thread `leaves` its seat to another.
// The waiting order is taken here: of several threads that become idle, only one may count on it.
std::optional<FetchOrder> FetchPool::wait_for_order(Seat& seat, bool leaves) {
  std::optional<FetchOrder> order;
  MutexLock lock(mutex_);
  if (!waiting_.empty()) {
    order = std::move(waiting_.front());
    waiting_.pop_front();
    return order;
  }
  if (leaves) {
    left_.push_back(&seat);
    return order;
  }
  idle_.push_back(&seat);
  while (!seat.order && !stopping_) {
    seat.wake.wait(mutex_);
  }
  order.swap(seat.order);
  return order;
}

}  // namespace dogged
