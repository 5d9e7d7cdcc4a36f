// SPDX-License-Identifier: MIT
#pragma once

#include "http/http_client.h"
#include "http/proxy.h"
#include "http/resolver.h"
#include "http/socket.h"
#include "http/stop_watcher.h"
#include "http/time_budget.h"
#include "http/tls.h"
#include "http/url.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace dogged {

// A connection to an origin, direct or through a proxy, with TLS where the origin has it. One
// thread at a time; what made it must outlive it.
class Connection {
 public:
  Connection(const Url& origin, const ProxyServer* proxy, UniqueFd fd, StopWatcher& watcher);

  Io read(char* to, std::size_t size, SteadyTime deadline);
  Io write(const char* from, std::size_t size, SteadyTime deadline);
  // Whether nothing has come in since the last answer: no late extra answer, no close.
  bool is_quiet();
  enum class Look {
    quiet,  // nothing came until the end
    more,   // bytes came
    open,   // it could not be waited for: the connection was closed, or the run was told to stop
  };
  // Waits until then whether anything comes in.
  Look look(SteadyTime until);

  bool leads_to(const Url& url, const ProxyServer* proxy) const;
  // Whether the request line must name the whole URL: plain http through a proxy.
  bool wants_absolute_target() const { return proxy_ != nullptr && !https_; }
  const ProxyServer* proxy() const { return proxy_; }

  // Whether a request went over it before.
  bool used() const { return used_; }
  void set_used() { used_ = true; }

 private:
  friend class ConnectionMaker;

  const bool https_;
  const std::string host_;
  const std::uint16_t port_;
  const ProxyServer* const proxy_;  // the factory's; none: direct
  Socket socket_;
  std::optional<TlsSession> tls_;
  bool used_ = false;
};

// Makes connections: the name's addresses, TCP, the proxy's CONNECT, TLS, all within the attempt's
// time. Shared by all clients of a factory; any thread. Its collaborators must outlive it.
class ConnectionMaker {
 public:
  ConnectionMaker(Resolver& resolver, TlsContext& tls, StopWatcher& watcher);

  using Made = std::variant<std::unique_ptr<Connection>, HttpFailure>;
  Made make(const Url& origin, const ProxyServer* proxy, const TimeBudget& budget);

 private:
  struct Setup;
  std::variant<UniqueFd, HttpFailure> dial(const Setup& setup);
  std::optional<HttpFailure> open_tunnel(Connection& connection, const Setup& setup);
  std::optional<HttpFailure> start_tls(Connection& connection, const Setup& setup);

  Resolver& resolver_;    // synchronises itself
  TlsContext& tls_;       // constant after construction
  StopWatcher& watcher_;  // synchronises itself
};

}  // namespace dogged
