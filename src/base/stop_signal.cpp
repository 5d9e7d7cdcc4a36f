// SPDX-License-Identifier: MIT
#include "base/stop_signal.h"

#include "base/error.h"
#include "base/system_error.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace dogged {

namespace {

int open_event() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    throw Error("cannot make an event descriptor: " + reason_and_remedy(errno));
  }
  return fd;
}

// Called from signal handlers: write() only, and errno as it was.
void raise_event(int fd) noexcept {
  const int saved = errno;
  const std::uint64_t one = 1;
  // The counter cannot overflow by a few requests, and a full one is readable all the same.
  const ssize_t written = write(fd, &one, sizeof one);
  (void)written;
  errno = saved;
}

void raise_level(std::atomic<int>& level, int to) noexcept {
  int now = level.load();
  while (now < to && !level.compare_exchange_weak(now, to)) {
  }
}

}  // namespace

StopSignal::StopSignal() : drain_fd_(open_event()) {
  try {
    stop_fd_ = open_event();
  } catch (...) {
    close(drain_fd_);
    throw;
  }
}

StopSignal::~StopSignal() {
  close(drain_fd_);
  close(stop_fd_);
}

void StopSignal::request_drain() noexcept {
  raise_level(level_, kDrain);
  raise_event(drain_fd_);
}

void StopSignal::request_stop() noexcept {
  raise_level(level_, kStop);
  raise_event(drain_fd_);
  raise_event(stop_fd_);
}

}  // namespace dogged
