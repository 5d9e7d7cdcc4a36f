// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/stop_signal.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dogged {

struct HttpHeader {
  std::string name, value;

  bool operator==(const HttpHeader&) const = default;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;                              // absolute, already percent-encoded
  std::vector<HttpHeader> headers;              // with secrets resolved; never logged
  std::vector<std::string> credential_headers;  // names that must not follow to another origin
  std::string body;
  Millis timeout{60'000};  // the whole attempt; a redirect's request has what is left of it
  Millis connect_timeout{10'000};
  std::int64_t max_body_bytes = 16 << 20;  // after decompression
  bool redirect_other_origin = false;
  int redirects = 0;  // that led to this request
  // What the answer is likely to name: the job's key. Empty: not known.
  std::string subject = {};
  bool new_connection = false;  // not over a kept one
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names as sent
  std::string body;                 // decompressed
  // Why a redirect is not followed (too many, or to where it must not go); else empty. The answer
  // is then the redirect itself.
  std::string not_followed = {};
  std::string_view header(std::string_view name) const;  // any case; empty where it is not there
};

// No usable answer.
struct HttpFailure {
  enum class Kind {
    resolve,      // the name has no address
    connect,      // refused, unreachable, timed out before the connection stood
    tls,          // handshake broken off
    tls_verify,   // the certificate does not verify
    timed_out,    // the deadline passed
    closed,       // reset, or closed before the answer was whole
    malformed,    // not HTTP as it should be; head over its bounds
    too_large,    // body over max_body_bytes
    decode,       // broken gzip or brotli
    interrupted,  // StopSignal::request_stop
    proxy,        // the proxy refused
    shortage,     // nothing was sent: this machine has no descriptors, threads or memory for it
  };
  Kind kind = Kind::closed;
  std::string message;  // "timed out after 60 s while reading the body"; holds no secret
  // Of a kept connection: the server closed it before a byte of the answer, and may never have seen
  // the request; or it sent what is no answer, or more than one, so that what came may belong to an
  // earlier request. Asking once more, over a new connection, is right (RFC 9112, section 9.3.1),
  // and is the caller's to do, whose rate it counts against. Never of a new connection.
  bool stale = false;
};
std::string_view word(HttpFailure::Kind kind);

// The server sends elsewhere, to where it may: `next` is complete (method, body, credentials and
// time left are adapted). Asking it is the caller's to do, whose rate it counts against.
struct HttpRedirect {
  HttpRequest next;
};

using HttpResult = std::variant<HttpResponse, HttpFailure, HttpRedirect>;

// One keep-alive connection (one per origin) and the requests made over it, one at a time. One
// thread. A connection that was seen to be closed while idle is replaced; one with unread bytes is
// never used again.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Makes one request and follows nothing. Returns within request.timeout (some 50 ms more at most)
  // whatever the server does, and at once on stop. Throws std::bad_alloc where memory runs out once
  // the request was begun (it may have been sent, and the answer is lost), and nothing else.
  virtual HttpResult fetch(const HttpRequest& request) = 0;
};

struct HttpConfig {
  std::string ca_file;    // --cacert; empty: the system's CAs
  bool insecure = false;  // --insecure: certificates are not verified
  std::string proxy;  // --proxy; empty: from the environment (http_proxy, https_proxy, no_proxy)
  bool no_proxy = false;  // --proxy '' : none at all
};

// What clients share: TLS context, addresses, proxies. Must outlive its clients. Any thread.
class HttpClientFactory {
 public:
  virtual ~HttpClientFactory() = default;
  virtual std::unique_ptr<HttpClient> make() = 0;
};

// Throws Error(usage) where the CA file cannot be read or the proxy URL is wrong. `stop` must
// outlive the factory.
std::unique_ptr<HttpClientFactory> make_http(const HttpConfig& config, const StopSignal& stop);

}  // namespace dogged
