// SPDX-License-Identifier: MIT
#pragma once

#include "http/connection.h"
#include "http/http_client.h"
#include "http/url.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Nothing where the request can be sent: method and headers are such, and no value adds a line.
std::optional<HttpFailure> check_request(const HttpRequest& request);

// The bytes of requests as they go over a connection. cpp-httplib writes them: it takes 20,000
// instructions for a head, in which from job to job nothing but the target differs, so what stands
// behind the target is kept. One a client; one thread.
class RequestWriter {
 public:
  RequestWriter();
  ~RequestWriter();
  RequestWriter(const RequestWriter&) = delete;
  RequestWriter& operator=(const RequestWriter&) = delete;

  // The whole request, its body behind its head. For a request that was checked; valid until the
  // next one.
  std::string_view write(const HttpRequest& request, const Url& url, const Connection& connection);

 private:
  class Library;
  // What stands behind the target of requests without a body, and what it was written from.
  struct Kept {
    std::string method;
    std::vector<HttpHeader> headers;
    Url origin;
    const ProxyServer* proxy;
    std::string behind_target;

    bool fits(const HttpRequest& request, const Url& url, const ProxyServer* by) const;
  };

  const std::unique_ptr<Library> library_;
  std::optional<Kept> kept_;
  std::string bytes_;
};

}  // namespace dogged
