// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

// An absolute http or https URL, taken apart (RFC 3986) as far as a request needs it. A value.
struct Url {
  bool https = false;
  std::string host;        // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  // never 0 in a parsed URL
  std::string target;      // path and query as they go on the request line; begins with '/'

  bool same_origin(const Url& other) const;
  // "host", or "host:port" where the port is not the scheme's own: what a Host header says.
  std::string authority() const;
  // "host:port" always: what CONNECT and messages about connections say.
  std::string host_and_port() const;
  // The whole URL, as parse_url takes it.
  std::string text() const;
  // "https://host/path": the query may hold a key, so it is left out.
  std::string for_people() const;
};

// Fails where the text is no absolute http(s) URL, names a user (credentials belong into a header),
// or holds what must be percent-encoded first. The message does not repeat the URL's query.
Result<Url> parse_url(std::string_view text);

// Where a Location header of an answer from `base` points (RFC 3986, section 5.2). Raw spaces and
// non-ASCII bytes are percent-encoded, as browsers do; control characters fail.
Result<Url> resolve_location(const Url& base, std::string_view location);

}  // namespace dogged
