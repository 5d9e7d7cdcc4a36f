// SPDX-License-Identifier: MIT
#include "hostile_server.h"

#include "base/text.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace dogged::test {

namespace {

constexpr std::chrono::milliseconds kForever{60'000};

std::size_t content_length(std::string_view head) {
  const std::string lower = lower_case(head);
  const std::size_t at = lower.find("content-length:");
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 15));
}

UniqueFd listen_on_loopback(std::uint16_t& port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd.is_open() || bind(fd.get(), generic, size) != 0 || listen(fd.get(), 64) != 0 ||
      getsockname(fd.get(), generic, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

bool Peer::wait(short events, std::chrono::milliseconds limit) {
  std::array<pollfd, 2> waits{pollfd{fd_.get(), events, 0}, pollfd{quit_fd_, POLLIN, 0}};
  return poll(waits.data(), waits.size(), static_cast<int>(limit.count())) > 0 &&
         waits[1].revents == 0;
}

long Peer::receive(char* to, std::size_t size) {
  if (!wait(POLLIN, kForever)) {
    return -1;
  }
  return ssl_ ? SSL_read(ssl_.get(), to, static_cast<int>(size)) : recv(fd_.get(), to, size, 0);
}

std::string Peer::read_request() {
  std::array<char, 4096> part{};
  for (;;) {
    const std::size_t head = pending_.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::size_t size = head + 4 + content_length(pending_.substr(0, head));
      if (pending_.size() >= size) {
        std::string request = pending_.substr(0, size);
        pending_.erase(0, size);
        log_.add(request);
        return request;
      }
    }
    const long n = receive(part.data(), part.size());
    if (n <= 0) {
      return {};
    }
    pending_.append(part.data(), static_cast<std::size_t>(n));
  }
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(POLLOUT, kForever)) {
      return false;
    }
    const long n = ssl_
                       ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                       : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Peer::drip(std::string_view bytes, std::chrono::milliseconds pause) {
  for (const char byte : bytes) {
    if (!send({&byte, 1})) {
      return false;
    }
    pollfd quit{quit_fd_, POLLIN, 0};
    if (poll(&quit, 1, static_cast<int>(pause.count())) != 0) {
      return false;
    }
  }
  return true;
}

bool Peer::answer(std::string_view answer) {
  return !read_request().empty() && send(answer);
}

void Peer::hang() {
  std::array<char, 4096> part{};
  while (receive(part.data(), part.size()) > 0) {
  }
}

void Peer::reset() {
  const linger now{1, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

bool Peer::start_tls(SSL_CTX* context) {
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd_.get());
  return SSL_accept(ssl_.get()) == 1;
}

HostileServer::HostileServer(std::vector<Script> scripts)
    : scripts_(std::move(scripts)),
      listener_(listen_on_loopback(port_)),
      quit_(eventfd(0, EFD_CLOEXEC)),
      accepting_([this] { accept_all(); }) {}

HostileServer::HostileServer(std::string answer)
    : HostileServer([answer = std::move(answer)](Peer& peer) {
        while (peer.answer(answer)) {
        }
      }) {}

HostileServer::~HostileServer() {
  const std::uint64_t one = 1;
  (void)!write(quit_.get(), &one, sizeof one);
  accepting_.join();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::string HostileServer::url(std::string_view path, std::string_view scheme) const {
  return fmt::format("{}://127.0.0.1:{}{}", scheme, port_, path);
}

std::string HostileServer::last_request() const {
  const auto all = log_.all();
  return all.empty() ? std::string() : all.back();
}

void HostileServer::accept_all() {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{listener_.get(), POLLIN, 0}, pollfd{quit_.get(), POLLIN, 0}};
    poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) {
      return;
    }
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      continue;
    }
    // A blocking TLS call of a script must not outlast the test.
    const timeval limit{10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto index = static_cast<std::size_t>(connections_.fetch_add(1));
    const Script& script = scripts_[std::min(index, scripts_.size() - 1)];
    threads_.emplace_back([this, fd, &script] {
      // SSL_write may raise it; the client must live without that.
      sigset_t broken_pipe;
      sigemptyset(&broken_pipe);
      sigaddset(&broken_pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
      Peer peer(fd, quit_.get(), log_);
      script(peer);
    });
  }
}

std::uint16_t refused_port() {
  std::uint16_t port = 0;
  (void)listen_on_loopback(port);  // closed again at once
  return port;
}

std::string ok_answer(std::string_view body, std::string_view more_headers) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
      more_headers, body.size(), body);
}

}  // namespace dogged::test
