// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"
#include "http/unique_fd.h"

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dogged::test {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// The requests of all connections, in the order they were read. Any thread.
class RequestLog {
 public:
  void add(const std::string& request) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    requests_.push_back(request);
  }
  std::vector<std::string> all() const EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return requests_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> requests_ GUARDED_BY(mutex_);
};

// The server's side of one connection: raw bytes, sent as the script likes. Used by the thread of
// its script only; every wait ends when the server is destroyed.
class Peer {
 public:
  Peer(int fd, int quit_fd, RequestLog& log) : fd_(fd), quit_fd_(quit_fd), log_(log) {}

  // A request, its body (by Content-Length) included; empty where the client closed.
  std::string read_request();
  // False where the client has closed.
  bool send(std::string_view bytes);
  // One byte at a time with a pause behind each.
  bool drip(std::string_view bytes, std::chrono::milliseconds pause);
  // Reads a request, sends `answer`; false where the client closed before.
  bool answer(std::string_view answer);
  // Waits for the client to close.
  void hang();
  // Breaks the connection off with RST.
  void reset();
  // From here on everything is TLS; false where the handshake failed.
  bool start_tls(SSL_CTX* context);

 private:
  bool wait(short events, std::chrono::milliseconds limit);
  long receive(char* to, std::size_t size);

  UniqueFd fd_;
  const int quit_fd_;
  RequestLog& log_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string pending_;
};

// A server on 127.0.0.1 that does what its scripts say, one a connection in the order they come;
// the last script serves all that follow.
class HostileServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit HostileServer(std::vector<Script> scripts);
  explicit HostileServer(Script script) : HostileServer(std::vector<Script>{std::move(script)}) {}
  // Sends `answer` to every request, over and over on each connection.
  explicit HostileServer(std::string answer);
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/", std::string_view scheme = "http") const;
  int connections() const { return connections_.load(); }
  std::vector<std::string> requests() const { return log_.all(); }
  // The last request read; empty where there was none.
  std::string last_request() const;

 private:
  void accept_all();

  const std::vector<Script> scripts_;  // constant after construction
  std::uint16_t port_ = 0;             // constant after construction
  UniqueFd listener_;                  // constant after construction
  UniqueFd quit_;                      // constant after construction
  std::atomic<int> connections_{0};
  RequestLog log_;                    // synchronises itself
  std::vector<std::thread> threads_;  // of the accepting thread until it is joined
  std::thread accepting_;
};

// A port on which nothing listens.
std::uint16_t refused_port();

// An answer with Content-Length.
std::string ok_answer(std::string_view body, std::string_view more_headers = "");

}  // namespace dogged::test
