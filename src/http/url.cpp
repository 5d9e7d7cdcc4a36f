// SPDX-License-Identifier: MIT
#include "http/url.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace dogged {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The scheme before the first ':', or nothing where the text is a relative reference.
std::optional<std::string_view> scheme_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text[0])) {
    return std::nullopt;
  }
  const std::string_view scheme = text.substr(0, colon);
  const bool fits = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return fits ? std::optional(scheme) : std::nullopt;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  if (digits.empty() || digits.size() > 5 || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return std::nullopt;
  }
  unsigned long port = 0;
  for (const char c : digits) {
    port = port * 10 + static_cast<unsigned long>(c - '0');
  }
  if (port == 0 || port > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

// Host and port out of "host", "host:port", "[v6]" or "[v6]:port". Nothing on success.
std::optional<std::string> take_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return "a URL must not hold a user name or password; send an Authorization header instead";
  }
  std::string_view port;
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) {
      return "the host lacks its closing ]";
    }
    url.host = lower_case(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
    if (!is_ipv6(url.host) || (!port.empty() && port[0] != ':')) {
      return "the host is no IPv6 address";
    }
  } else {
    const std::size_t colon = authority.find(':');
    url.host = lower_case(authority.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (!is_host_name(url.host)) {
      return fmt::format("\"{}\" is no host name", printable(url.host, 60));
    }
  }
  url.port = url.https ? kHttpsPort : kHttpPort;
  if (port.size() > 1) {
    const auto number = parse_port(port.substr(1));
    if (!number) {
      return "the port is no number from 1 to 65535";
    }
    url.port = *number;
  }
  return std::nullopt;
}

// RFC 3986, section 5.2.4, for a path that begins with '/'.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_open = false;  // the path ends in '/', "/." or "/.."
  std::size_t at = 1;
  while (at <= path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, slash - at);
    ends_open = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (segment != "." && !(segment.empty() && slash == path.size())) {
      kept.push_back(segment);
    }
    at = slash + 1;
  }
  std::string result;
  for (const std::string_view segment : kept) {
    result += '/';
    result += segment;
  }
  return ends_open || result.empty() ? result + '/' : result;
}

std::string clean_target(std::string_view target) {
  const std::size_t query = std::min(target.find('?'), target.size());
  return without_dot_segments(target.substr(0, query)) + std::string(target.substr(query));
}

// What a browser makes of a Location that was not encoded; nothing where it holds control bytes.
std::optional<std::string> encoded(std::string_view location) {
  std::string result;
  for (const char c : location) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      return std::nullopt;
    }
    if (byte == ' ' || byte >= 0x80) {
      result += fmt::format("%{:02X}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

bool Url::same_origin(const Url& other) const {
  return https == other.https && port == other.port && host == other.host;
}

std::string Url::authority() const {
  const bool own_port = port == (https ? kHttpsPort : kHttpPort);
  if (!own_port) {
    return host_and_port();
  }
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

std::string Url::host_and_port() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string Url::text() const {
  return (https ? "https://" : "http://") + authority() + target;
}

std::string Url::for_people() const {
  const std::string_view path = std::string_view(target).substr(0, target.find('?'));
  return printable(fmt::format("{}://{}{}", https ? "https" : "http", authority(), path));
}

Result<Url> parse_url(std::string_view text) {
  const auto scheme = scheme_of(text);
  Url url;
  url.https = scheme && equals_ignoring_case(*scheme, "https");
  if (!scheme || !(url.https || equals_ignoring_case(*scheme, "http")) ||
      text.substr(scheme->size(), 3) != "://") {
    return Failure{"a URL must begin with http:// or https://"};
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return Failure{"a URL must not hold spaces, control characters or non-ASCII (percent-encode)"};
  }
  text.remove_prefix(scheme->size() + 3);
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  if (auto wrong = take_authority(text.substr(0, end), url)) {
    return Failure{*std::move(wrong)};
  }
  const std::string_view rest = text.substr(end);
  url.target = rest.empty() || rest[0] == '?' ? '/' + std::string(rest) : std::string(rest);
  return url;
}

Result<Url> resolve_location(const Url& base, std::string_view location) {
  const auto clean = encoded(trimmed(location));
  if (!clean) {
    return Failure{"the Location header holds control characters"};
  }
  std::string_view reference = *clean;
  if (scheme_of(reference) || reference.substr(0, 2) == "//") {
    const std::string scheme = base.https ? "https:" : "http:";
    auto url = parse_url(scheme_of(reference) ? *clean : scheme + *clean);
    if (url.ok()) {
      url.value().target = clean_target(url.value().target);
    }
    return url;
  }
  reference = reference.substr(0, reference.find('#'));
  Url url = base;
  const std::string_view base_path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (reference.empty()) {
    return url;
  }
  if (reference[0] == '/') {
    url.target = clean_target(reference);
  } else if (reference[0] == '?') {
    url.target = std::string(base_path) + std::string(reference);
  } else {
    url.target = clean_target(std::string(base_path.substr(0, base_path.rfind('/') + 1)) +
                              std::string(reference));
  }
  return url;
}

}  // namespace dogged
