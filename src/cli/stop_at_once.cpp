// SPDX-License-Identifier: MIT
#include "cli/stop_at_once.h"

#include "cli/exit_status.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace dogged {

StopAtOnce::StopAtOnce(const StopSignal& stop, std::filesystem::path temporary)
    : stop_(stop), temporary_(std::move(temporary)), thread_([this] { watch(); }) {}

StopAtOnce::~StopAtOnce() {
  ended_.request_stop();
  thread_.join();
}

void StopAtOnce::watch() const {
  std::array<pollfd, 2> events{{{stop_.stop_fd(), POLLIN, 0}, {ended_.stop_fd(), POLLIN, 0}}};
  while (!stop_.stopping() && !ended_.stopping()) {
    (void)poll(events.data(), events.size(), -1);  // a signal or a fault: the loop looks again
  }
  if (!ended_.stopping()) {
    if (!temporary_.empty()) {
      (void)unlink(temporary_.c_str());  // gone already where it took its place meanwhile
    }
    _exit(static_cast<int>(ExitStatus::interrupted));
  }
}

}  // namespace dogged
