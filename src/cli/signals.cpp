// SPDX-License-Identifier: MIT
#include "cli/signals.h"

#include <array>
#include <atomic>
#include <cerrno>

namespace dogged {
namespace {

// A handler has no argument to carry these in: the one place where state is not passed.
std::atomic<StopSignal*> active_stop{nullptr};
std::atomic<int> interrupts{0};
std::atomic<int> terminations{0};
std::atomic<int> hangups{0};
std::atomic<int> cpu_limits{0};
static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<StopSignal*>::is_always_lock_free);

constexpr std::array<int, SignalGuard::kSignals> kHeeded{SIGINT, SIGTERM, SIGHUP, SIGXCPU};

std::atomic<int>& counter_of(int number) {
  switch (number) {
    case SIGINT:
      return interrupts;
    case SIGHUP:
      return hangups;
    case SIGXCPU:
      return cpu_limits;
    default:
      return terminations;
  }
}

extern "C" void on_signal(int number) {
  const int saved_errno = errno;
  StopSignal* stop = active_stop.load();
  if (stop != nullptr) {
    if (number == SIGINT) {
      if (interrupts.fetch_add(1) == 0) {
        stop->request_drain();
      } else {
        stop->request_stop();
      }
    } else {
      counter_of(number).fetch_add(1);
      stop->request_drain();
    }
  }
  errno = saved_errno;
}

}  // namespace

SignalGuard::SignalGuard(StopSignal& stop) {
  interrupts.store(0);
  terminations.store(0);
  hangups.store(0);
  cpu_limits.store(0);
  active_stop.store(&stop);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  (void)sigemptyset(&action.sa_mask);  // cannot fail
  for (std::size_t i = 0; i < kHeeded.size(); ++i) {
    (void)sigaction(kHeeded[i], nullptr, &old_[i]);  // cannot fail for these signals
    // nohup: the terminal may go, and this program is to stay.
    if (kHeeded[i] != SIGHUP || old_[i].sa_handler != SIG_IGN) {
      (void)sigaction(kHeeded[i], &action, nullptr);
    }
  }
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < kHeeded.size(); ++i) {
    (void)sigaction(kHeeded[i], &old_[i], nullptr);
  }
  active_stop.store(nullptr);
}

bool SignalGuard::interrupted() const {
  return interrupts.load() > 0;
}
bool SignalGuard::terminated() const {
  return terminations.load() + hangups.load() + cpu_limits.load() > 0 && !interrupted();
}
const char* SignalGuard::cause() const {
  if (interrupted()) {
    return "interrupted (Ctrl-C)";
  }
  if (terminations.load() > 0) {
    return "told to stop (SIGTERM)";
  }
  return hangups.load() > 0 ? "the terminal was closed (SIGHUP)"
                            : "the CPU time that `ulimit -t` allows is used up (SIGXCPU)";
}

}  // namespace dogged
