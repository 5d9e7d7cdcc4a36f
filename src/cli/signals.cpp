// SPDX-License-Identifier: MIT
#include "cli/signals.h"

#include <atomic>
#include <cerrno>

namespace dogged {
namespace {

// A handler has no argument to carry these in: the one place where state is not passed.
std::atomic<StopSignal*> active_stop{nullptr};
std::atomic<int> interrupts{0};
std::atomic<int> terminations{0};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<StopSignal*>::is_always_lock_free);

extern "C" void on_signal(int number) {
  const int saved_errno = errno;
  StopSignal* stop = active_stop.load();
  if (stop != nullptr) {
    if (number == SIGTERM) {
      terminations.fetch_add(1);
      stop->request_drain();
    } else if (interrupts.fetch_add(1) == 0) {
      stop->request_drain();
    } else {
      stop->request_stop();
    }
  }
  errno = saved_errno;
}

}  // namespace

SignalGuard::SignalGuard(StopSignal& stop) {
  interrupts.store(0);
  terminations.store(0);
  active_stop.store(&stop);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  (void)sigemptyset(&action.sa_mask);                 // cannot fail
  (void)sigaction(SIGINT, &action, &old_interrupt_);  // cannot fail for these signals
  (void)sigaction(SIGTERM, &action, &old_terminate_);
}

SignalGuard::~SignalGuard() {
  (void)sigaction(SIGINT, &old_interrupt_, nullptr);
  (void)sigaction(SIGTERM, &old_terminate_, nullptr);
  active_stop.store(nullptr);
}

bool SignalGuard::interrupted() const {
  return interrupts.load() > 0;
}
bool SignalGuard::terminated() const {
  return terminations.load() > 0 && interrupts.load() == 0;
}

}  // namespace dogged
