// SPDX-License-Identifier: MIT
#include "http/connection.h"

#include "http/connector.h"
#include "http/head.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace dogged {

using Kind = HttpFailure::Kind;

Connection::Connection(const Url& origin, const ProxyServer* proxy, UniqueFd fd,
                       StopWatcher& watcher)
    : https_(origin.https),
      host_(origin.host),
      port_(origin.port),
      proxy_(proxy),
      socket_(std::move(fd), watcher) {}

Io Connection::read(char* to, std::size_t size, SteadyTime deadline) {
  return tls_ ? tls_->read(to, size, deadline) : socket_.read(to, size, deadline);
}

Io Connection::write(const char* from, std::size_t size, SteadyTime deadline) {
  return tls_ ? tls_->write(from, size, deadline) : socket_.write(from, size, deadline);
}

bool Connection::is_quiet() {
  return (tls_ ? tls_->peek() : socket_.peek()) == Socket::Idle::quiet;
}

Connection::Look Connection::look(SteadyTime until) {
  for (;;) {
    const Socket::Idle idle = tls_ ? tls_->peek() : socket_.peek();
    if (idle != Socket::Idle::quiet) {
      return idle == Socket::Idle::bytes ? Look::more : Look::open;
    }
    const Io::Status waited = socket_.wait_readable(until).status;
    if (waited != Io::Status::ok) {
      return waited == Io::Status::timed_out ? Look::quiet : Look::open;
    }
  }
}

bool Connection::leads_to(const Url& url, const ProxyServer* proxy) const {
  return proxy_ == proxy && https_ == url.https && port_ == url.port && host_ == url.host;
}

ConnectionMaker::ConnectionMaker(Resolver& resolver, TlsContext& tls, StopWatcher& watcher)
    : resolver_(resolver), tls_(tls), watcher_(watcher) {}

// What the steps of one connection share.
struct ConnectionMaker::Setup {
  const Url& origin;
  const ProxyServer* proxy;
  const TimeBudget& budget;
  SteadyTime end;

  // Where TCP leads: the proxy or the origin itself.
  const std::string& host() const { return proxy != nullptr ? proxy->host : origin.host; }
  std::uint16_t port() const { return proxy != nullptr ? proxy->port : origin.port; }
  std::string peer() const {
    Url url;
    url.host = host();
    url.port = port();
    return (proxy != nullptr ? "the proxy " : "") + url.host_and_port();
  }

  // The failure that `io` stands for; `what` is what broke off.
  HttpFailure failure(const Io& io, Kind kind, std::string_view doing) const {
    if (io.status == Io::Status::timed_out) {
      return budget.setup_timed_out(kind, doing);
    }
    if (io.status == Io::Status::interrupted) {
      return interrupted_failure(doing);
    }
    return {kind, fmt::format("failed while {}: {}", doing,
                              io.reason.empty() ? "the connection was closed" : io.reason)};
  }
};

ConnectionMaker::Made ConnectionMaker::make(const Url& origin, const ProxyServer* proxy,
                                            const TimeBudget& budget) {
  const Setup setup{origin, proxy, budget, budget.setup_end(std::chrono::steady_clock::now())};
  auto dialled = dial(setup);
  if (auto* failure = std::get_if<HttpFailure>(&dialled)) {
    return std::move(*failure);
  }
  auto connection =
      std::make_unique<Connection>(origin, proxy, std::get<UniqueFd>(std::move(dialled)), watcher_);
  if (origin.https) {
    if (proxy != nullptr) {
      if (auto failure = open_tunnel(*connection, setup)) {
        return *std::move(failure);
      }
    }
    if (auto failure = start_tls(*connection, setup)) {
      return *std::move(failure);
    }
  }
  return connection;
}

std::variant<UniqueFd, HttpFailure> ConnectionMaker::dial(const Setup& setup) {
  const std::string looking = "looking up " + setup.host();
  auto resolved = resolver_.resolve(setup.host(), setup.end);
  if (const auto* none = std::get_if<NoAddress>(&resolved)) {
    switch (none->why) {
      case NoAddress::Why::timed_out:
        return setup.budget.setup_timed_out(Kind::resolve, looking);
      case NoAddress::Why::interrupted:
        return interrupted_failure(looking);
      case NoAddress::Why::unknown:
        return HttpFailure{Kind::resolve,
                           fmt::format("cannot look up {}: {}", setup.host(), none->message)};
      case NoAddress::Why::shortage:
        return HttpFailure{Kind::shortage, none->message};
    }
  }
  const std::string connecting = "connecting to " + setup.peer();
  auto connected =
      connect_to(std::get<Addresses>(resolved).found, setup.port(), setup.end, watcher_.stop());
  if (const auto* failed = std::get_if<NotConnected>(&connected)) {
    switch (failed->why) {
      case NotConnected::Why::timed_out:
        return setup.budget.setup_timed_out(Kind::connect, connecting);
      case NotConnected::Why::interrupted:
        return interrupted_failure(connecting);
      case NotConnected::Why::refused:
        return HttpFailure{Kind::connect,
                           fmt::format("cannot connect to {}: {}", setup.peer(), failed->message)};
      case NotConnected::Why::shortage:
        return HttpFailure{Kind::shortage, failed->message};
    }
  }
  return std::get<UniqueFd>(std::move(connected));
}

std::optional<HttpFailure> ConnectionMaker::open_tunnel(Connection& connection,
                                                        const Setup& setup) {
  const std::string target = setup.origin.host_and_port();
  const std::string asking = fmt::format("asking {} for a tunnel", setup.peer());
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (!setup.proxy->authorization.empty()) {
    request += fmt::format("Proxy-Authorization: {}\r\n", setup.proxy->authorization);
  }
  request += "\r\n";
  Io io = connection.socket_.write(request.data(), request.size(), setup.end);
  std::vector<char> answer(kMaxHeadBytes + 1);
  std::size_t size = 0;
  HeadScanner scanner;
  auto found = HeadScanner::Found::more;
  while (io.status == Io::Status::ok && found == HeadScanner::Found::more) {
    io = connection.socket_.read(answer.data() + size, answer.size() - size, setup.end);
    size += io.status == Io::Status::ok ? io.size : 0;
    found = scanner.scan({answer.data(), size});
  }
  if (found == HeadScanner::Found::malformed) {
    return HttpFailure{Kind::proxy, fmt::format("{}: {}", setup.peer(), scanner.reason())};
  }
  if (io.status != Io::Status::ok) {
    return setup.failure(io, Kind::proxy, asking);
  }
  const auto head = parse_head({answer.data(), scanner.head_size()}, "CONNECT");
  if (!head.ok()) {
    return HttpFailure{Kind::proxy, fmt::format("{}: {}", setup.peer(), head.error())};
  }
  const int status = head.value().status;
  if (status < 200 || status > 299 || size != scanner.head_size()) {
    return HttpFailure{
        Kind::proxy,
        fmt::format("{} gave no tunnel to {}: it answered {}{}", setup.peer(), target, status,
                    status == 407 ? " (it wants a user name and password)" : "")};
  }
  return std::nullopt;
}

std::optional<HttpFailure> ConnectionMaker::start_tls(Connection& connection, const Setup& setup) {
  const std::string peer = setup.origin.host_and_port();
  connection.tls_.emplace(tls_, connection.socket_, setup.origin.host);
  const TlsSession::Handshake shake = connection.tls_->handshake(setup.end);
  if (shake.unverified) {
    return HttpFailure{Kind::tls_verify, fmt::format("the certificate of {} does not verify: {}",
                                                     peer, shake.io.reason)};
  }
  if (shake.io.status == Io::Status::ok) {
    return std::nullopt;
  }
  return setup.failure(shake.io, Kind::tls, fmt::format("setting up TLS with {}", peer));
}

}  // namespace dogged
