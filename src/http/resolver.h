// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/stop_signal.h"

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace dogged {

// An address to connect to. A value.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  // With the port set, network byte order taken care of.
  SocketAddress with_port(std::uint16_t port) const;
};

struct Addresses {
  std::vector<SocketAddress> found;  // at least one, IPv6 and IPv4 taking turns
};
struct NoAddress {
  enum class Why { unknown, timed_out, interrupted, shortage };  // shortage: of ours
  Why why;
  std::string message;
};

// Turns host names into addresses, for all clients of a factory. getaddrinfo() cannot be cancelled
// and may hang for minutes, so it runs in a thread that nobody waits for longer than the deadline;
// all who ask for one name share one lookup, and at most kMaxLookups run at once. Addresses are
// kept for a minute, failures for a second. Any thread may call any member; `stop` must outlive it,
// and so must it those in resolve().
class Resolver {
 public:
  // What getaddrinfo does, as a seam for tests. Called by a helper thread, which may outlive the
  // Resolver.
  using Lookup = std::function<std::variant<Addresses, NoAddress>(const std::string& host)>;

  explicit Resolver(const StopSignal& stop, Lookup lookup = system_lookup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `host`: a name, or an IP address, which needs no lookup. Ports are 0.
  std::variant<Addresses, NoAddress> resolve(const std::string& host, SteadyTime deadline);
  // Wakes all who wait in resolve(), to look at the StopSignal.
  void wake();

  static std::variant<Addresses, NoAddress> system_lookup(const std::string& host);

  static constexpr int kMaxLookups = 8;

 private:
  struct State;
  const StopSignal& stop_;
  // Shared with the helper threads, which outlive the Resolver where a lookup hangs.
  const std::shared_ptr<State> state_;
};

}  // namespace dogged
