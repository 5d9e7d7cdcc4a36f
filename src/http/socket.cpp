// SPDX-License-Identifier: MIT
#include "http/socket.h"

#include "base/system_error.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace dogged {

namespace {

// How long one recv() may block: while the deadline is further away than this, a read needs no
// poll(). Set once a connection; a longer span would only save wake-ups of hung connections.
constexpr Millis kBlockingStep{1000};

// Rounded up: waking a moment before the deadline would mean another turn.
int poll_timeout(SteadyTime::duration left) {
  const auto ms = std::chrono::ceil<Millis>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1'000'000));
}

Io broken(int error) {
  return {Io::Status::reset, 0, system_message(error)};
}

bool is_try_again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

Socket::Socket(UniqueFd fd, StopWatcher& watcher) : fd_(std::move(fd)), watcher_(watcher) {
  // None of these can fail on a connected TCP socket; without them it would be slow, not wrong, and
  // a non-blocking one takes the way over poll().
  const int one = 1;
  (void)setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval step{std::chrono::duration_cast<std::chrono::seconds>(kBlockingStep).count(), 0};
  (void)setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &step, sizeof step);
  (void)fcntl(fd_.get(), F_SETFL, fcntl(fd_.get(), F_GETFL) & ~O_NONBLOCK);
  watcher_.add(fd_.get());
}

Socket::~Socket() {
  watcher_.remove(fd_.get());
}

Io Socket::read(char* to, std::size_t size, SteadyTime deadline) {
  for (;;) {
    if (watcher_.stop().stopping()) {
      return {Io::Status::interrupted, 0, {}};
    }
    // Looked at each time: a peer that always has more to send would never let a wait end.
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= SteadyTime::duration::zero()) {
      return {Io::Status::timed_out, 0, {}};
    }
    const bool blocking = left > kBlockingStep;
    const ssize_t n = recv(fd_.get(), to, size, blocking ? 0 : MSG_DONTWAIT);
    const int error = errno;
    if (n > 0) {
      return {Io::Status::ok, static_cast<std::size_t>(n), {}};
    }
    if (n == 0) {
      return {watcher_.stop().stopping() ? Io::Status::interrupted : Io::Status::end, 0, {}};
    }
    if (error == EINTR) {
      continue;
    }
    if (!is_try_again(error)) {
      return watcher_.stop().stopping() ? Io{Io::Status::interrupted, 0, {}} : broken(error);
    }
    // A blocking read comes here after its step, when poll() says the same as the deadline check.
    Io ready = wait_until_ready(POLLIN, deadline);
    if (ready.status != Io::Status::ok) {
      return ready;
    }
  }
}

Io Socket::write(const char* from, std::size_t size, SteadyTime deadline) {
  std::size_t done = 0;
  while (done < size) {
    if (watcher_.stop().stopping()) {
      return {Io::Status::interrupted, done, {}};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return {Io::Status::timed_out, done, {}};
    }
    const ssize_t n = send(fd_.get(), from + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    const int error = errno;
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
      continue;
    }
    if (error == EINTR) {
      continue;
    }
    if (!is_try_again(error)) {
      return broken(error);
    }
    Io ready = wait_until_ready(POLLOUT, deadline);
    if (ready.status != Io::Status::ok) {
      return ready;
    }
  }
  return {Io::Status::ok, done, {}};
}

Io Socket::wait_until_ready(short events, SteadyTime deadline) const {
  for (;;) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= SteadyTime::duration::zero()) {
      return {Io::Status::timed_out, 0, {}};
    }
    std::array<pollfd, 2> waits{pollfd{fd_.get(), events, 0},
                                pollfd{watcher_.stop().stop_fd(), POLLIN, 0}};
    const int n = poll(waits.data(), waits.size(), poll_timeout(left));
    if (waits[1].revents != 0 && n > 0) {
      return {Io::Status::interrupted, 0, {}};
    }
    if (n > 0) {
      return {};
    }
  }
}

Io Socket::wait_readable(SteadyTime deadline) const {
  return wait_until_ready(POLLIN, deadline);
}

Socket::Idle Socket::peek() const {
  char byte = 0;
  const ssize_t n = recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const int error = errno;
  if (n > 0) {
    return Idle::bytes;
  }
  return n < 0 && (is_try_again(error) || error == EINTR) ? Idle::quiet : Idle::closed;
}

}  // namespace dogged
