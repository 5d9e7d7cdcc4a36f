// SPDX-License-Identifier: MIT
#include "http/request_writer.h"

#include "base/text.h"
#include "base/version.h"
#include "http/head.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dogged {

namespace {

using Kind = HttpFailure::Kind;

// More than this is not kept from one request to the next.
constexpr std::size_t kMostKept = 64 << 10;

// Headers that are the connection's own, or say where the body ends: set here, whatever was asked.
bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{
      "Connection", "Content-Length", "Expect",  "Keep-Alive",       "Proxy-Connection",
      "TE",         "Trailer",        "Upgrade", "Transfer-Encoding"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

// All headers but those of the framing.
httplib::Headers headers_of(const HttpRequest& request, const Url& url,
                            const Connection& connection) {
  httplib::Headers headers;
  for (const HttpHeader& header : request.headers) {
    if (!is_framing(header.name)) {
      headers.emplace(header.name, header.value);
    }
  }
  const auto add = [&](const char* name, const std::string& value) {
    if (headers.find(name) == headers.end()) {  // in any case
      headers.emplace(name, value);
    }
  };
  add("Host", url.authority());
  add("Accept-Encoding", "gzip, br");
  add("User-Agent", fmt::format("dogged/{}", kVersion));
  if (connection.wants_absolute_target() && !connection.proxy()->authorization.empty()) {
    add("Proxy-Authorization", connection.proxy()->authorization);
  }
  return headers;
}

// What cpp-httplib takes for the network: collects what it writes, and has no answer.
class Paper final : public httplib::Stream {
 public:
  explicit Paper(std::string& written) : written_(written) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }
  ssize_t read(char* /*to*/, std::size_t /*size*/) override { return -1; }
  ssize_t write(const char* from, std::size_t size) override {
    written_.append(from, size);
    return static_cast<ssize_t>(size);
  }

 private:
  std::string& written_;
};

}  // namespace

std::optional<HttpFailure> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) {
    return HttpFailure{Kind::malformed,
                       fmt::format("\"{}\" is no HTTP method", printable(request.method, 40))};
  }
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name)) {
      return HttpFailure{Kind::malformed,
                         fmt::format("\"{}\" is no header name", printable(header.name, 40))};
    }
    if (!is_header_value(header.value)) {
      return HttpFailure{
          Kind::malformed,
          fmt::format("the value of the header {} holds a line break or NUL", header.name)};
    }
  }
  return std::nullopt;
}

class RequestWriter::Library final : public httplib::ClientImpl {
 public:
  // The name is for cpp-httplib's own connecting, which is not used.
  Library() : httplib::ClientImpl("localhost") { set_url_encode(false); }

  void write(httplib::Request request, std::string& to) {
    to.clear();
    Paper paper(to);
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    constexpr bool kClose = false;
    (void)process_request(paper, request, response, kClose, error);  // fails: there is no answer
  }
};

RequestWriter::RequestWriter() : library_(std::make_unique<Library>()) {}
RequestWriter::~RequestWriter() = default;

bool RequestWriter::Kept::fits(const HttpRequest& request, const Url& url,
                               const ProxyServer* by) const {
  return proxy == by && method == request.method && origin.same_origin(url) &&
         headers == request.headers;
}

std::string_view RequestWriter::write(const HttpRequest& request, const Url& url,
                                      const Connection& connection) {
  if (bytes_.capacity() > kMostKept) {
    std::string().swap(bytes_);
  }
  const bool absolute = connection.wants_absolute_target();
  const std::string whole_url = absolute ? url.text() : std::string();
  const std::string& target = absolute ? whole_url : url.target;
  if (request.body.empty() && kept_ && kept_->fits(request, url, connection.proxy())) {
    bytes_.assign(request.method).append(1, ' ').append(target).append(kept_->behind_target);
    return bytes_;
  }
  httplib::Request outgoing;
  outgoing.method = request.method;
  outgoing.path = target;
  outgoing.headers = headers_of(request, url, connection);
  outgoing.body = request.body;
  library_->write(std::move(outgoing), bytes_);
  if (request.body.empty()) {
    const std::size_t behind = request.method.size() + 1 + target.size();
    kept_ = Kept{request.method, request.headers, url, connection.proxy(), bytes_.substr(behind)};
  }
  return bytes_;
}

}  // namespace dogged
