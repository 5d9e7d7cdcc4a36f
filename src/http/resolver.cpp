// SPDX-License-Identifier: MIT
#include "http/resolver.h"

#include "base/sync.h"
#include "base/system_error.h"
#include "http/shortage.h"
#include "http/unique_fd.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <map>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

namespace dogged {

namespace {

constexpr std::chrono::seconds kKeepFound{60};
constexpr std::chrono::seconds kKeepFailed{1};
// Names the cache holds; only redirects to ever new hosts could make it grow.
constexpr std::size_t kMaxNames = 1000;

using Answer = std::variant<Addresses, NoAddress>;

std::optional<SocketAddress> parse_address(const std::string& host) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    address.storage.ss_family = AF_INET;
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    address.storage.ss_family = AF_INET6;
    address.size = sizeof(sockaddr_in6);
    return address;
  }
  return std::nullopt;
}

// The families take turns, the first as getaddrinfo put it first (RFC 8305, section 4).
std::vector<SocketAddress> interleaved(const std::vector<SocketAddress>& addresses) {
  std::vector<SocketAddress> first;
  std::vector<SocketAddress> second;
  for (const SocketAddress& address : addresses) {
    (address.family() == addresses.front().family() ? first : second).push_back(address);
  }
  std::vector<SocketAddress> result;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) {
      result.push_back(first[i]);
    }
    if (i < second.size()) {
      result.push_back(second[i]);
    }
  }
  return result;
}

// getaddrinfo tells a name that there is not, or a server that is silent, where it had no
// descriptor to ask with. 0: there are some.
int present_shortage() {
  const UniqueFd probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int error = errno;
  return !probe.is_open() && is_shortage(error) ? error : 0;
}

}  // namespace

SocketAddress SocketAddress::with_port(std::uint16_t port) const {
  SocketAddress result = *this;
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&result.storage)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(&result.storage)->sin_port = htons(port);
  }
  return result;
}

struct Resolver::State {
  struct Entry {
    bool running = false;
    std::optional<Answer> answer;
    SteadyTime good_until{};
  };

  explicit State(Lookup lookup_with) : lookup(std::move(lookup_with)) {}

  // Starts a lookup of `host`, in a thread of its own, as there is none running.
  static void start(const std::shared_ptr<State>& state, const std::string& host)
      REQUIRES(state->mutex);
  void finish(const std::string& host, Answer answer) EXCLUDES(mutex);
  void make_room(SteadyTime now) REQUIRES(mutex);

  const Lookup lookup;
  Mutex mutex;
  CondVar changed;  // synchronises itself
  std::map<std::string, Entry> entries GUARDED_BY(mutex);
  int running GUARDED_BY(mutex) = 0;
};

void Resolver::State::start(const std::shared_ptr<State>& state, const std::string& host) {
  std::thread helper([state, host] {
    Answer answer = NoAddress{NoAddress::Why::unknown, {}};
    try {
      answer = state->lookup(host);
    } catch (const std::bad_alloc&) {
      answer = NoAddress{NoAddress::Why::shortage, {}};  // a text would take memory
    } catch (const std::exception& error) {
      answer = NoAddress{NoAddress::Why::unknown, error.what()};
    }
    state->finish(host, std::move(answer));
  });
  helper.detach();
  state->entries[host].running = true;
  ++state->running;
}

void Resolver::State::finish(const std::string& host, Answer answer) {
  const MutexLock lock(mutex);
  const bool found = std::holds_alternative<Addresses>(answer);
  Entry& entry = entries[host];
  entry.answer = std::move(answer);
  entry.good_until = std::chrono::steady_clock::now() + (found ? kKeepFound : kKeepFailed);
  entry.running = false;
  --running;
  changed.notify_all();
}

void Resolver::State::make_room(SteadyTime now) {
  if (entries.size() < kMaxNames) {
    return;
  }
  std::erase_if(entries, [&](const auto& named) {
    return !named.second.running && named.second.good_until <= now;
  });
}

Resolver::Resolver(const StopSignal& stop, Lookup lookup)
    : stop_(stop), state_(std::make_shared<State>(std::move(lookup))) {}

Resolver::~Resolver() = default;

std::variant<Addresses, NoAddress> Resolver::resolve(const std::string& host, SteadyTime deadline) {
  if (const auto literal = parse_address(host)) {
    return Addresses{{*literal}};
  }
  const MutexLock lock(state_->mutex);
  bool asked =
      false;  // a lookup that ended while we waited is fresh enough, however short its life
  for (;;) {
    if (stop_.stopping()) {
      return NoAddress{NoAddress::Why::interrupted, {}};
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    State::Entry& entry = state_->entries[host];
    if (!entry.running && entry.answer && (asked || entry.good_until > now)) {
      return *entry.answer;
    }
    if (!entry.running && state_->running < kMaxLookups) {
      state_->make_room(now);
      try {
        State::start(state_, host);
      } catch (const std::system_error& error) {
        return NoAddress{NoAddress::Why::shortage,
                         "no thread can be started: " + system_message(error.code().value())};
      }
    }
    asked = asked || state_->entries[host].running;
    if (!state_->changed.wait_until(state_->mutex, deadline) && now >= deadline) {
      return NoAddress{NoAddress::Why::timed_out, {}};
    }
  }
}

void Resolver::wake() {
  // The lock makes sure that nobody is between looking at the StopSignal and waiting.
  const MutexLock lock(state_->mutex);
  state_->changed.notify_all();
}

std::variant<Addresses, NoAddress> Resolver::system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int result = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const int error = errno;
  if (result != 0) {
    if (const int shortage = present_shortage(); shortage != 0 || result == EAI_MEMORY) {
      return NoAddress{NoAddress::Why::shortage,
                       shortage != 0 ? system_message(shortage) : gai_strerror(result)};
    }
    return NoAddress{NoAddress::Why::unknown,
                     result == EAI_SYSTEM ? system_message(error) : gai_strerror(result)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    if (item->ai_addrlen <= sizeof(sockaddr_storage) &&
        (item->ai_family == AF_INET || item->ai_family == AF_INET6)) {
      SocketAddress address;
      std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
      address.size = item->ai_addrlen;
      addresses.push_back(address);
    }
  }
  if (addresses.empty()) {
    return NoAddress{NoAddress::Why::unknown, "it has no IP address"};
  }
  return Addresses{interleaved(addresses)};
}

}  // namespace dogged
