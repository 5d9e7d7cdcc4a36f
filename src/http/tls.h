// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "http/socket.h"

#include <memory>
#include <string>

namespace dogged {

// What all TLS connections share: the certificates that are trusted, loaded once (a context for
// every client would load them anew, about 1 MB each). Any thread may use it; must outlive its
// sessions.
class TlsContext {
 public:
  // `ca_file`: PEM certificates to trust instead of the system's; empty: the system's. Throws
  // Error(usage) where it cannot be read or holds none.
  TlsContext(const std::string& ca_file, bool insecure);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  struct State;
  const std::unique_ptr<State> state_;
};

// TLS 1.2 or later over a connected socket; the server's certificate must be valid for the host's
// name or address. Its socket brings deadlines and the stop, so that a handshake that drips ends in
// time. One thread at a time; context and socket must outlive it.
class TlsSession {
 public:
  TlsSession(TlsContext& context, Socket& socket, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  struct Handshake {
    bool unverified = false;  // the certificate does not verify; `io.reason` says why
    Io io;                    // Status::ok: the session stands
  };
  Handshake handshake(SteadyTime deadline);
  // As Socket. An end without TLS's own close is a reset: the answer may be cut off.
  Io read(char* to, std::size_t size, SteadyTime deadline);
  Io write(const char* from, std::size_t size, SteadyTime deadline);
  // Takes what TLS sends on its own account (session tickets), then as Socket::peek.
  Socket::Idle peek();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace dogged
