// SPDX-License-Identifier: MIT
#include "http/proxy.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dogged {

namespace {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

std::optional<IpAddress> parse_ip(std::string_view text) {
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
    return address;
  }
  return std::nullopt;
}

bool in_network(const IpAddress& address, std::string_view network) {
  const std::size_t slash = network.find('/');
  const auto base = parse_ip(network.substr(0, slash));
  if (!base || base->size != address.size) {
    return false;
  }
  std::size_t bits = base->size * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = network.substr(slash + 1);
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, bits);
    if (error != std::errc() || stop != end || bits > base->size * 8) {
      return false;
    }
  }
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((address.bytes[bit / 8] & mask) != (base->bytes[bit / 8] & mask)) {
      return false;
    }
  }
  return true;
}

// Takes ":port" off the end of `entry`; nothing where there is none. An IPv6 address has a port
// only behind its brackets, which are taken off too.
std::optional<std::string_view> take_port(std::string_view& entry) {
  std::optional<std::string_view> port;
  const std::size_t colon = entry.rfind(':');
  const bool bracketed = !entry.empty() && entry[0] == '[';
  const bool has_port =
      colon != std::string_view::npos &&
      (bracketed ? colon > 0 && entry[colon - 1] == ']' : entry.find(':') == colon);
  if (has_port) {
    port = entry.substr(colon + 1);
    entry = entry.substr(0, colon);
  }
  if (bracketed && entry.size() >= 2 && entry.back() == ']') {
    entry = entry.substr(1, entry.size() - 2);
  }
  return port;
}

bool exempts(std::string_view entry, const Url& url) {
  if (entry == "*") {
    return true;
  }
  const auto port = take_port(entry);
  if (port && *port != std::to_string(url.port)) {
    return false;
  }
  if (const auto address = parse_ip(url.host)) {
    return in_network(*address, entry);
  }
  if (entry.substr(0, 2) == "*.") {
    entry.remove_prefix(1);
  }
  if (!entry.empty() && entry[0] == '.') {
    entry.remove_prefix(1);
  }
  std::string_view host = url.host;
  if (!host.empty() && host.back() == '.') {
    host.remove_suffix(1);
  }
  if (entry.empty() || host.size() < entry.size() ||
      host.substr(host.size() - entry.size()) != entry) {
    return false;
  }
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> entries;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", \t"), list.size());
    if (end > 0) {
      entries.push_back(lower_case(list.substr(0, end)));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return entries;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// "http://user:password@host:port", "host:port". `from` names where it was set.
ProxyServer parse_proxy(std::string_view text, std::string_view from) {
  std::string_view rest = text;
  const std::size_t scheme = rest.find("://");
  if (scheme != std::string_view::npos) {
    if (!equals_ignoring_case(rest.substr(0, scheme), "http")) {
      throw Error(Fault::usage,
                  fmt::format("{}: only proxies with http:// are supported, not {}://", from,
                              printable(rest.substr(0, scheme), 20)));
    }
    rest.remove_prefix(scheme + 3);
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  ProxyServer proxy;
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    std::string_view user = rest.substr(0, at);
    const std::size_t colon = std::min(user.find(':'), user.size());
    const std::string_view password = user.substr(std::min(colon + 1, user.size()));
    proxy.authorization =
        "Basic " + base64(percent_decoded(user.substr(0, colon)) + ':' + percent_decoded(password));
    rest.remove_prefix(at + 1);
  }
  const auto url = parse_url(fmt::format("http://{}/", rest));
  if (!url.ok()) {
    throw Error(Fault::usage, fmt::format("{}: the proxy must be given as http://HOST:PORT: {}",
                                          from, url.error()));
  }
  proxy.host = url.value().host;
  proxy.port = url.value().port;
  return proxy;
}

}  // namespace

ProxyRules::ProxyRules(const HttpConfig& config, const Environment& environment) {
  if (config.no_proxy) {
    return;
  }
  // The value of the variable, its name in lower case first, and the name that was set.
  const auto look_up = [&](const char* lower, const char* upper) {
    auto value = environment(lower);
    const char* name = value ? lower : upper;
    return std::pair(value ? value : environment(upper), name);
  };
  exempt_ = split_list(look_up("no_proxy", "NO_PROXY").first.value_or(""));
  if (!config.proxy.empty()) {
    http_ = https_ = parse_proxy(config.proxy, "--proxy");
    return;
  }
  const auto [http, http_name] = look_up("http_proxy", "HTTP_PROXY");
  if (http && !http->empty()) {
    http_ = parse_proxy(*http, http_name);
  }
  const auto [https, https_name] = look_up("https_proxy", "HTTPS_PROXY");
  if (https && !https->empty()) {
    https_ = parse_proxy(*https, https_name);
  }
}

const ProxyServer* ProxyRules::proxy_for(const Url& url) const {
  const auto& proxy = url.https ? https_ : http_;
  return proxy && !is_exempt(url) ? &*proxy : nullptr;
}

bool ProxyRules::is_exempt(const Url& url) const {
  return std::any_of(exempt_.begin(), exempt_.end(),
                     [&](const std::string& entry) { return exempts(entry, url); });
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      result += k <= n ? kDigits[group >> (18 - 6 * k) & 0x3f] : '=';
    }
  }
  return result;
}

}  // namespace dogged
