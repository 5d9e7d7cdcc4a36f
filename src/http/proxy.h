// SPDX-License-Identifier: MIT
#pragma once

#include "http/http_client.h"
#include "http/url.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

struct ProxyServer {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // value of Proxy-Authorization; empty: none. Never logged.
};

// Which requests go through which proxy: --proxy for all, else http_proxy and https_proxy (the
// lower case first) by the URL's scheme. no_proxy lists the hosts that are asked directly in both
// cases: names with all below them ("example.com", ".example.com"), addresses, networks
// (10.0.0.0/8), each with a port where wanted, or '*'. Immutable; any thread.
class ProxyRules {
 public:
  // What getenv does; nothing where the variable is not set.
  using Environment = std::function<std::optional<std::string>(const char* name)>;

  // Throws Error(usage) on a proxy that is no http URL; the message holds no credentials.
  ProxyRules(const HttpConfig& config, const Environment& environment);

  // Nothing where `url` is asked directly. Valid as long as this.
  const ProxyServer* proxy_for(const Url& url) const;

 private:
  bool is_exempt(const Url& url) const;

  std::optional<ProxyServer> http_;
  std::optional<ProxyServer> https_;
  std::vector<std::string> exempt_;  // lower case
};

// Base64 (RFC 4648, section 4).
std::string base64(std::string_view bytes);

}  // namespace dogged
