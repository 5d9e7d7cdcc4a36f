// SPDX-License-Identifier: MIT
#include "http/stop_watcher.h"

#include "base/error.h"
#include "base/system_error.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace dogged {

StopWatcher::StopWatcher(const StopSignal& stop, std::function<void()> on_stop)
    : stop_(stop), on_stop_(std::move(on_stop)), quit_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!quit_.is_open()) {
    throw Error("cannot make an event descriptor: " + reason_and_remedy(errno));
  }
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    throw Error(std::string("cannot start a thread (`ulimit -u`, `ulimit -v`): ") + error.what());
  }
}

StopWatcher::~StopWatcher() {
  const std::uint64_t one = 1;
  (void)!write(quit_.get(), &one, sizeof one);  // the counter is 0: it cannot fail
  thread_.join();
}

void StopWatcher::add(int fd) {
  const MutexLock lock(mutex_);
  sockets_.insert(fd);
}

void StopWatcher::remove(int fd) {
  const MutexLock lock(mutex_);
  sockets_.erase(fd);
}

void StopWatcher::watch() {
  std::array<pollfd, 2> waits{pollfd{stop_.stop_fd(), POLLIN, 0}, pollfd{quit_.get(), POLLIN, 0}};
  while (poll(waits.data(), waits.size(), -1) <= 0) {
    // EINTR, or the kernel is short of memory for a moment
  }
  if (waits[0].revents == 0) {
    return;
  }
  {
    // Under the lock, so that no descriptor is closed, and its number given away, in between.
    const MutexLock lock(mutex_);
    for (const int fd : sockets_) {
      (void)shutdown(fd, SHUT_RDWR);  // fails where the peer has done it already
    }
  }
  on_stop_();
}

}  // namespace dogged
