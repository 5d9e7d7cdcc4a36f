// SPDX-License-Identifier: MIT
#include "engine/desk.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dogged {
namespace {

// Whether there is something in it for the run's thread.
bool is_errand(const Step& step) {
  return !step.start.empty() || step.commit || !step.notices.empty() || step.wait_is_over ||
         step.abort || step.over;
}

}  // namespace

FetchTurn Desk::hand_in(EndedAttempt&& ended) noexcept {
  bool must_wake = false;
  FetchTurn next;
  {
    MutexLock lock(mutex_);
    if (closed_) {
      return next;
    }
    try {
      next = take(std::move(ended));
    } catch (...) {
      error_ = std::current_exception();
      closed_ = true;
      woken_ = true;
    }
    must_wake = woken_ && sleeps_until_ != SteadyTime{};
    if (must_wake) {
      sleeps_until_ = {};  // one call is enough
    }
  }
  if (must_wake) {
    wake_.notify_one();
  }
  return next;
}

FetchTurn Desk::take(EndedAttempt&& ended) {
  const Moment now = Moment::now(clock_);
  if (!ended.crash.empty() && crash_.empty()) {
    crash_ = ended.crash;
    dispatcher_.end(RunEnd::interrupted, crash_, now);
  }
  dispatcher_.on_ended(std::move(ended), now);
  Step step = dispatcher_.step(now);
  FetchTurn next;
  if (!step.start.empty()) {
    next.order = std::move(step.start.front());
    step.start.erase(step.start.begin());
  }
  next.waits_for_store = !next.order && dispatcher_.waits_for_store();
  woken_ = woken_ || is_errand(step) || step.wake_at < sleeps_until_;
  leave(std::move(step));
  return next;
}

// A dispatcher that has asked for a commit asks for no other before it is through.
void Desk::leave(Step&& step) {
  std::move(step.start.begin(), step.start.end(), std::back_inserter(left_.start));
  std::move(step.notices.begin(), step.notices.end(), std::back_inserter(left_.notices));
  if (step.commit) {
    left_.commit = std::move(step.commit);
  }
  left_.wait_is_over = left_.wait_is_over || step.wait_is_over;
  left_.wake_at = step.wake_at;
  left_.abort = step.abort;
  left_.over = step.over;
}

Step Desk::step() {
  MutexLock lock(mutex_);
  if (error_) {
    std::rethrow_exception(error_);
  }
  leave(dispatcher_.step(Moment::now(clock_)));
  const SteadyTime wake_at = left_.wake_at;
  Step step = std::exchange(left_, {});
  left_.wake_at = wake_at;
  return step;
}

void Desk::wait(SteadyTime until) {
  MutexLock lock(mutex_);
  sleeps_until_ = std::min(until, left_.wake_at);
  while (!woken_) {
    if (!wake_.wait_until(mutex_, sleeps_until_)) {
      break;
    }
  }
  sleeps_until_ = {};
  woken_ = false;
}

void Desk::wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  sleeps_until_ = {};
  wake_.notify_one();
}

void Desk::close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

std::string Desk::crash() const {
  MutexLock lock(mutex_);
  return crash_;
}

}  // namespace dogged
