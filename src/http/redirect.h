// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"
#include "http/url.h"

#include <string>
#include <vector>

namespace dogged {

inline constexpr int kMaxRedirects = 5;

// Whether a status sends elsewhere: 301, 302, 303, 307, 308.
bool is_redirect(int status);

// The request that `answer` to `request`, made to `from`, leads to (RFC 9110, section 15.4; 303,
// and 301 and 302 of a POST, become a GET without a body, as all clients do it). Credentials are
// taken out for good where the origin is left. The timeout is as it was. Fails where it must not be
// followed: over kMaxRedirects, another origin that was not allowed, from https to http, another
// scheme, no Location. The message says where it pointed, without the query.
Result<HttpRequest> follow(const Url& from, const HttpRequest& request, const HttpResponse& answer);

// Whether a header stays behind when the origin is left: credentials by name, and those listed.
bool stays_behind(const HttpHeader& header, const std::vector<std::string>& credential_headers);

}  // namespace dogged
