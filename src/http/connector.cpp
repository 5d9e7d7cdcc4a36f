// SPDX-License-Identifier: MIT
#include "http/connector.h"

#include "base/system_error.h"
#include "http/shortage.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace dogged {

namespace {

constexpr Millis kBeforeNext{250};

// The connections being made, side by side.
class Race {
 public:
  explicit Race(std::uint16_t port) : port_(port) {}

  // One more runner; the descriptor where it connected at once.
  std::optional<UniqueFd> start(const SocketAddress& address);
  // Waits until `until` or the stop; the descriptor of a runner that has connected.
  std::optional<UniqueFd> wait(SteadyTime until, const StopSignal& stop);

  bool running() const { return !runners_.empty(); }
  // Why no runner is left.
  NotConnected failure() const {
    return {is_short_ ? NotConnected::Why::shortage : NotConnected::Why::refused, last_error_};
  }

 private:
  const std::uint16_t port_;
  std::vector<UniqueFd> runners_;
  std::string last_error_ = "it has no address";
  bool is_short_ = false;  // an address was not tried for want of a descriptor or memory
};

std::optional<UniqueFd> Race::start(const SocketAddress& address) {
  UniqueFd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) {
    const int error = errno;
    last_error_ = system_message(error);
    is_short_ = is_short_ || is_shortage(error);
    return std::nullopt;
  }
  const SocketAddress target = address.with_port(port_);
  if (connect(fd.get(), target.get(), target.size) == 0) {
    return fd;
  }
  const int error = errno;
  if (error == EINPROGRESS || error == EINTR) {  // EINTR: it goes on in the background
    runners_.push_back(std::move(fd));
  } else {
    last_error_ = system_message(error);
    is_short_ = is_short_ || is_shortage(error);
  }
  return std::nullopt;
}

std::optional<UniqueFd> Race::wait(SteadyTime until, const StopSignal& stop) {
  std::vector<pollfd> waits;
  for (const UniqueFd& runner : runners_) {
    waits.push_back({runner.get(), POLLOUT, 0});
  }
  waits.push_back({stop.stop_fd(), POLLIN, 0});
  const auto left = std::chrono::ceil<Millis>(until - std::chrono::steady_clock::now()).count();
  if (poll(waits.data(), waits.size(),
           static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000))) <= 0) {
    return std::nullopt;
  }
  for (std::size_t i = runners_.size(); i-- > 0;) {
    if (waits[i].revents == 0) {
      continue;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(runners_[i].get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
    UniqueFd fd = std::move(runners_[i]);
    runners_.erase(runners_.begin() + static_cast<std::ptrdiff_t>(i));
    if (error == 0) {
      return fd;
    }
    last_error_ = system_message(error);
    is_short_ = is_short_ || is_shortage(error);
  }
  return std::nullopt;
}

}  // namespace

std::variant<UniqueFd, NotConnected> connect_to(const std::vector<SocketAddress>& addresses,
                                                std::uint16_t port, SteadyTime deadline,
                                                const StopSignal& stop) {
  Race race(port);
  std::size_t next = 0;
  SteadyTime next_start{};
  for (;;) {
    if (stop.stopping()) {
      return NotConnected{NotConnected::Why::interrupted, {}};
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      return NotConnected{NotConnected::Why::timed_out, {}};
    }
    if (next < addresses.size() && (!race.running() || now >= next_start)) {
      if (auto fd = race.start(addresses[next++])) {
        return *std::move(fd);
      }
      next_start = now + kBeforeNext;
      continue;
    }
    if (!race.running()) {
      return race.failure();
    }
    const bool more = next < addresses.size();
    if (auto fd = race.wait(more ? std::min(deadline, next_start) : deadline, stop)) {
      return *std::move(fd);
    }
  }
}

}  // namespace dogged
