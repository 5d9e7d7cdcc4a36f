// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/sync.h"
#include "engine/dispatcher.h"
#include "engine/fetch_pool.h"
#include "engine/moment.h"

#include <exception>
#include <optional>
#include <string>

namespace dogged {

// Where all the threads of a run meet the dispatcher, one at a time. The thread whose request has
// ended takes the dispatcher's next step itself and goes on with the first order that it says: no
// thread waits for another one to think. All else of a step, whatever may block or takes long, is
// left to the run's thread, which is woken where there is such a thing. The lock is held for the
// dispatcher's thoughts only, never while anything is sent, stored or shown; no other lock is taken
// under it. Clock, options and pacer must outlive it; the pacer is under the same lock.
class Desk final : public FetchDesk {
 public:
  Desk(const RunOptions& options, Pacer& pacer, const Clock& clock)
      : clock_(clock), dispatcher_(options, pacer, Moment::now(clock)) {}

  // --- the pool's threads
  // What breaks here is thrown by the next step() of the run's thread.
  FetchTurn hand_in(EndedAttempt&& ended) noexcept override EXCLUDES(mutex_);

  // --- any thread
  // The run's thread does not wait on.
  void wake() EXCLUDES(mutex_);

  // --- the run's thread
  // The dispatcher's next step, with what the steps of other threads have left to do.
  Step step() EXCLUDES(mutex_);
  // Until something is to be done, or the dispatcher wants a step; at the latest until then.
  void wait(SteadyTime until) EXCLUDES(mutex_);
  template <typename Answer>
  Answer ask(Answer (Dispatcher::*question)() const) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return (dispatcher_.*question)();
  }
  // Calls verb(dispatcher, now). These times never go backwards, whatever thread they come from.
  template <typename Verb>
  auto with(Verb&& verb) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return verb(dispatcher_, Moment::now(clock_));
  }
  // Nothing is handed in any more: it is dropped, and the store knows who held the leases.
  void close() EXCLUDES(mutex_);
  // What broke a thread of the pool; empty: nothing did.
  std::string crash() const EXCLUDES(mutex_);

 private:
  FetchTurn take(EndedAttempt&& ended) REQUIRES(mutex_);
  // Keeps for the run's thread what a step of another one left.
  void leave(Step&& step) REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar wake_;  // of the run's thread; synchronises itself
  Dispatcher dispatcher_ GUARDED_BY(mutex_);
  Step left_ GUARDED_BY(mutex_);                  // to the run's thread; wake_at: of the last step
  SteadyTime sleeps_until_ GUARDED_BY(mutex_){};  // the run's thread; past: it does not
  bool woken_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::string crash_ GUARDED_BY(mutex_);
  std::exception_ptr error_ GUARDED_BY(mutex_);
};

}  // namespace dogged
