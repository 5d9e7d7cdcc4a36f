// SPDX-License-Identifier: MIT
#include "http/redirect.h"

#include "base/text.h"
#include "http/secret_reference.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<HttpRequest> follow(const Url& from, const HttpRequest& request,
                           const HttpResponse& answer) {
  const std::string what = fmt::format("{} from {}", answer.status, from.for_people());
  if (request.redirects >= kMaxRedirects) {
    return Failure{fmt::format("over {} redirects, the last: {}", kMaxRedirects, what)};
  }
  const std::string_view location = answer.header("Location");
  if (location.empty()) {
    return Failure{what + " does not say where to (no Location)"};
  }
  const auto resolved = resolve_location(from, location);
  if (!resolved.ok()) {
    return Failure{fmt::format("{} points to a wrong URL: {}", what, resolved.error())};
  }
  const Url& to = resolved.value();
  const bool same_origin = from.same_origin(to);
  if (from.https && !to.https) {
    return Failure{fmt::format("{} leads from https to http: {}", what, to.for_people())};
  }
  if (!same_origin && !request.redirect_other_origin) {
    return Failure{fmt::format("{} leads to another server, which is not followed: {}", what,
                               to.for_people())};
  }
  const bool becomes_get = (answer.status == 303 && request.method != "HEAD") ||
                           (answer.status < 303 && request.method == "POST");
  HttpRequest next = request;
  ++next.redirects;
  next.url = to.text();
  if (becomes_get) {
    next.method = "GET";
    next.body.clear();
  }
  const auto is_left_out = [&](const HttpHeader& header) {
    return (becomes_get && equals_ignoring_case(header.name, "Content-Type")) ||
           (!same_origin && stays_behind(header, request.credential_headers));
  };
  next.headers.erase(std::remove_if(next.headers.begin(), next.headers.end(), is_left_out),
                     next.headers.end());
  return next;
}

bool stays_behind(const HttpHeader& header, const std::vector<std::string>& credential_headers) {
  return equals_ignoring_case(header.name, "Host") || is_credential_header(header.name) ||
         std::any_of(
             credential_headers.begin(), credential_headers.end(),
             [&](const std::string& name) { return equals_ignoring_case(name, header.name); });
}

}  // namespace dogged
