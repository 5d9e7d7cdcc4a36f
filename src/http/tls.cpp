// SPDX-License-Identifier: MIT
#include "http/tls.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <new>

namespace dogged {

namespace {

// The newest entry of OpenSSL's error queue in words; empties the queue.
std::string take_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) {
    return "the connection was closed";
  }
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : fmt::format("error {:x}", code);
}

int bounded(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

// What the BIO below a session reads and writes through, and how that last ended.
struct Wire {
  Socket& socket;
  SteadyTime deadline{};
  bool no_wait = false;  // a read without bytes is "try again" instead of a wait
  Io last{};
};

Wire& wire_of(BIO* bio) {
  return *static_cast<Wire*>(BIO_get_data(bio));
}

int wire_read(BIO* bio, char* to, int size) {
  Wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  if (wire.no_wait && wire.socket.peek() == Socket::Idle::quiet) {
    BIO_set_retry_read(bio);
    return -1;
  }
  wire.last = wire.socket.read(to, static_cast<std::size_t>(size), wire.deadline);
  if (wire.last.status == Io::Status::ok) {
    return static_cast<int>(wire.last.size);
  }
  return wire.last.status == Io::Status::end ? 0 : -1;
}

int wire_write(BIO* bio, const char* from, int size) {
  Wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  wire.last = wire.socket.write(from, static_cast<std::size_t>(size), wire.deadline);
  return wire.last.status == Io::Status::ok ? size : -1;
}

long wire_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return wire_of(bio).last.status == Io::Status::end ? 1 : 0;
    default:
      return 0;
  }
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

bool is_ip_address(const std::string& host) {
  in6_addr room{};
  return inet_pton(AF_INET, host.c_str(), &room) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

}  // namespace

struct TlsContext::State {
  std::unique_ptr<BIO_METHOD, FreeMethod> method;
  std::unique_ptr<SSL_CTX, FreeContext> context;
};

struct TlsSession::State {
  Wire wire;
  std::unique_ptr<SSL, FreeSession> ssl;

  // How the call that returned `result` ended.
  Io ended(int result) {
    if (result > 0) {
      return {Io::Status::ok, static_cast<std::size_t>(result), {}};
    }
    const int error = SSL_get_error(ssl.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) {
      return {Io::Status::end, 0, {}};
    }
    if (wire.last.status != Io::Status::ok && wire.last.status != Io::Status::end) {
      ERR_clear_error();
      return wire.last;
    }
    return {Io::Status::reset, 0, take_tls_error()};
  }

  void begin(SteadyTime deadline) {
    wire.deadline = deadline;
    wire.last = {};
    ERR_clear_error();
  }
};

TlsContext::TlsContext(const std::string& ca_file, bool insecure)
    : state_(std::make_unique<State>()) {
  state_->method.reset(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "dogged socket"));
  state_->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = state_->context.get();
  if (!state_->method || context == nullptr) {
    // It also says of ciphers that they are not there where memory for them is not.
    throw Error("cannot set up TLS: " + take_tls_error() + ", or too little memory");
  }
  BIO_METHOD* method = state_->method.get();
  (void)BIO_meth_set_read(method, wire_read);
  (void)BIO_meth_set_write(method, wire_write);
  (void)BIO_meth_set_ctrl(method, wire_control);
  (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // An idle connection keeps no record buffers: 34 KB less for each of up to 1,000.
  (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (insecure) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  if (ca_file.empty()) {
    // A machine without any certificates is told by the first handshake, not here.
    (void)SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    throw Error(Fault::usage,
                fmt::format("cannot read certificates from {}: {}", ca_file, take_tls_error()));
  }
  ERR_clear_error();
}

TlsContext::~TlsContext() = default;

TlsSession::TlsSession(TlsContext& context, Socket& socket, const std::string& host)
    : state_(std::make_unique<State>(State{Wire{socket}, nullptr})) {
  state_->ssl.reset(SSL_new(context.state_->context.get()));
  SSL* ssl = state_->ssl.get();
  BIO* bio = BIO_new(context.state_->method.get());
  if (ssl == nullptr || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, &state_->wire);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  std::string name = host;
  if (!name.empty() && name.back() == '.') {
    name.pop_back();  // certificates and SNI know no final dot
  }
  const bool address = is_ip_address(name);
  const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                          : X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
  if (set != 1 || (!address && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1)) {
    throw std::bad_alloc();  // the only way these fail on a name that is one
  }
}

TlsSession::~TlsSession() = default;

TlsSession::Handshake TlsSession::handshake(SteadyTime deadline) {
  State& state = *state_;
  state.begin(deadline);
  const int result = SSL_connect(state.ssl.get());
  if (result == 1) {
    return {};
  }
  const bool io_failed =
      state.wire.last.status != Io::Status::ok && state.wire.last.status != Io::Status::end;
  const long verified = SSL_get_verify_result(state.ssl.get());
  if (!io_failed && verified != X509_V_OK &&
      ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    ERR_clear_error();
    return {true, {Io::Status::reset, 0, X509_verify_cert_error_string(verified)}};
  }
  Io io = state.ended(result);
  if (io.status == Io::Status::end) {
    io = {Io::Status::reset, 0, "the connection was closed"};
  }
  return {false, std::move(io)};
}

Io TlsSession::read(char* to, std::size_t size, SteadyTime deadline) {
  state_->begin(deadline);
  return state_->ended(SSL_read(state_->ssl.get(), to, bounded(size)));
}

Io TlsSession::write(const char* from, std::size_t size, SteadyTime deadline) {
  std::size_t done = 0;
  while (done < size) {
    state_->begin(deadline);
    Io io = state_->ended(SSL_write(state_->ssl.get(), from + done, bounded(size - done)));
    if (io.status != Io::Status::ok) {
      return io;
    }
    done += io.size;
  }
  return {Io::Status::ok, done, {}};
}

Socket::Idle TlsSession::peek() {
  State& state = *state_;
  // The usual case without a detour: nothing has come, of TLS's own either.
  if (SSL_has_pending(state.ssl.get()) == 0 && state.wire.socket.peek() == Socket::Idle::quiet) {
    return Socket::Idle::quiet;
  }
  // Nothing is waited for but room for what TLS itself has to send.
  state.begin(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  state.wire.no_wait = true;
  char byte = 0;
  const int result = SSL_peek(state.ssl.get(), &byte, 1);
  state.wire.no_wait = false;
  const int error = SSL_get_error(state.ssl.get(), result);
  ERR_clear_error();
  if (result > 0) {
    return Socket::Idle::bytes;
  }
  return error == SSL_ERROR_WANT_READ ? Socket::Idle::quiet : Socket::Idle::closed;
}

}  // namespace dogged
