// SPDX-License-Identifier: MIT
#include "engine/signal_watch.h"

#include "base/error.h"
#include "base/system_error.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace dogged {

SignalWatch::SignalWatch(const StopSignal& signal, std::function<void()> wake)
    : signal_(signal), wake_(std::move(wake)), leave_fd_(eventfd(0, EFD_CLOEXEC)) {
  if (leave_fd_ < 0) {
    const int error = errno;
    throw Error("cannot make an event descriptor: " + reason_and_remedy(error));
  }
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& e) {
    close(leave_fd_);
    throw Error(std::string("cannot start a thread (`ulimit -u`, `ulimit -v`): ") + e.what());
  }
}

SignalWatch::~SignalWatch() {
  const std::uint64_t one = 1;
  const ssize_t written = write(leave_fd_, &one, sizeof one);
  (void)written;  // an event's first write always has room
  thread_.join();
  close(leave_fd_);
}

void SignalWatch::watch() const {
  // First for either request, then for the stop alone: drain_fd stays readable.
  int waiting_for = signal_.drain_fd();
  while (true) {
    pollfd fds[] = {{leave_fd_, POLLIN, 0}, {waiting_for, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) {
      continue;  // EINTR: a signal was handled on this thread
    }
    if (fds[0].revents != 0) {
      return;
    }
    wake_();
    if (waiting_for == signal_.stop_fd()) {
      return;
    }
    waiting_for = signal_.stop_fd();
  }
}

}  // namespace dogged
