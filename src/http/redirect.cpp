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

Result<Hop> follow(const Hop& from, const HttpResponse& answer, bool other_origin_allowed) {
  const std::string what = fmt::format("{} from {}", answer.status, from.url.for_people());
  const std::string_view location = answer.header("Location");
  if (location.empty()) {
    return Failure{what + " does not say where to (no Location)"};
  }
  const auto resolved = resolve_location(from.url, location);
  if (!resolved.ok()) {
    return Failure{fmt::format("{} points to a wrong URL: {}", what, resolved.error())};
  }
  const Url& to = resolved.value();
  const bool same_origin = from.url.same_origin(to);
  if (from.url.https && !to.https) {
    return Failure{fmt::format("{} leads from https to http: {}", what, to.for_people())};
  }
  if (!same_origin && !other_origin_allowed) {
    return Failure{fmt::format("{} leads to another server, which is not followed: {}", what,
                               to.for_people())};
  }
  Hop next = from;
  next.url = to;
  next.left_origin = from.left_origin || !same_origin;
  const bool becomes_get = (answer.status == 303 && from.method != "HEAD") ||
                           (answer.status < 303 && from.method == "POST");
  if (becomes_get) {
    next.method = "GET";
    next.has_body = false;
  }
  return next;
}

bool stays_behind(const HttpHeader& header, const std::vector<std::string>& credential_headers) {
  return equals_ignoring_case(header.name, "Host") || is_credential_header(header.name) ||
         std::any_of(
             credential_headers.begin(), credential_headers.end(),
             [&](const std::string& name) { return equals_ignoring_case(name, header.name); });
}

}  // namespace dogged
