// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"
#include "http/url.h"

#include <string>
#include <vector>

namespace dogged {

inline constexpr int kMaxRedirects = 5;

// A request on its way through redirects: what changes at each of them. A value.
struct Hop {
  Url url;
  std::string method;
  bool has_body = true;
  bool left_origin = false;  // once true, credentials stay behind for good
};

// Whether a status sends elsewhere: 301, 302, 303, 307, 308.
bool is_redirect(int status);

// The hop that `answer` sends `from` on to (RFC 9110, section 15.4; 303, and 301 and 302 of a POST,
// become a GET without a body, as all clients do it). Fails where it must not be followed: another
// origin that was not allowed, from https to http, another scheme, no Location. The message says
// where it pointed, without the query.
Result<Hop> follow(const Hop& from, const HttpResponse& answer, bool other_origin_allowed);

// Whether a header stays behind when the origin is left: credentials by name, and those listed.
bool stays_behind(const HttpHeader& header, const std::vector<std::string>& credential_headers);

}  // namespace dogged
