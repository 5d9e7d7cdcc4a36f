// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/log.h"
#include "base/this_thread.h"
#include "http/http_client.h"

#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace dogged {
namespace {

// Where processors lack, what is answered is to be stored before more is asked: many of these
// threads beside the one on the store would leave it too little, and then wait for it in vain. So a
// thread that had that many orders without a rest steps back behind the others, for good. Not
// before: a request under a rate is to leave when it is its time, also where others use the
// processors.
constexpr int kNiceness = 10;
constexpr int kOrdersWithoutRest = 64;

// One thread's own.
class Courtesy {
 public:
  void rested() { in_a_row_ = 0; }
  void went_on() {
    if (!nice_ && ++in_a_row_ == kOrdersWithoutRest) {
      nice_this_thread(kNiceness);
      nice_ = true;
    }
  }

 private:
  int in_a_row_ = 0;
  bool nice_ = false;
};

}  // namespace

// Room for all seats from the start: their threads find theirs without asking for memory.
FetchPool::FetchPool(const FetchPoolTools& tools, std::size_t max_threads, FetchDesk& desk)
    : tools_(tools), max_threads_(max_threads), desk_(desk) {
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

// The body of a thread. Its first order lies on its seat already.
void FetchPool::work(Seat& seat) {
  name_this_thread("dogged-http");
  Worker worker;
  Courtesy courtesy;
  std::optional<FetchOrder> order;
  {
    MutexLock lock(mutex_);
    order.swap(seat.order);
  }
  while (order) {
    order = desk_.hand_in(attempt(std::move(*order), worker));
    if (order) {
      courtesy.went_on();
      continue;
    }
    courtesy.rested();
    order = wait_for_order(seat);
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

// Nothing once stopped and nothing is left to do. The waiting order is taken here: of several
// threads that become idle, only one may count on it.
std::optional<FetchOrder> FetchPool::wait_for_order(Seat& seat) {
  std::optional<FetchOrder> order;
  MutexLock lock(mutex_);
  if (!waiting_.empty()) {
    order = std::move(waiting_.front());
    waiting_.pop_front();
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
