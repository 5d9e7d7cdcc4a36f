// SPDX-License-Identifier: MIT
// URLs, Location headers of a server, and the texts in which credentials are masked.
#include "base/text.h"
#include "http/redirect.h"
#include "http/secret_reference.h"
#include "http/secret_text.h"
#include "http/url.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>

namespace dogged::fuzz {
namespace {

constexpr std::string_view kCanary = "c4n4ry-5ecret";

void require_whole(const Url& url, std::string_view from) {
  require(url.target.starts_with('/') && url.port != 0 && !url.host.empty(), "a URL is whole",
          from);
  require(std::all_of(url.target.begin(), url.target.end(),
                      [](char c) { return c > ' ' && c < '\x7f'; }),
          "nothing of a URL can end the request line", from);
  const auto again = parse_url(url.text());
  require(again.ok() && again.value().text() == url.text() && again.value().same_origin(url),
          "a URL that was written reads the same", from);
  require(url.for_people().find('?') == std::string::npos, "people are not shown the query", from);
}

void try_redirect(const Url& from, std::string_view location, int status) {
  HttpRequest request;
  request.url = from.text();
  request.method = "POST";
  request.headers = {{"Authorization", std::string(kCanary)}, {"X-Own", std::string(kCanary)}};
  request.credential_headers = {"x-own"};
  request.redirect_other_origin = true;
  HttpResponse answer;
  answer.status = status;
  answer.headers = {{"Location", std::string(location)}};
  const auto next = follow(from, request, answer);
  if (!next) {
    require(printable(next.error(), 10'000) == next.error(), "messages are harmless", location);
    return;
  }
  const auto url = parse_url(next.value().url);
  require(url.ok(), "a redirect leads to a URL", location);
  require(url.value().https || !from.https, "a redirect never leaves https", location);
  if (!url.value().same_origin(from)) {
    require(next.value().headers.empty(), "credentials stay behind", location);
  }
}

// A secret written where secrets are looked for is never shown, whatever stands around it.
void try_masking(std::string_view text) {
  require(masked_url(masked_url(text)) == masked_url(text), "masking twice masks no more", text);
  require(masked_body(masked_body(text)) == masked_body(text), "masking twice masks no more", text);
  (void)is_credential_header(text);
  (void)has_reference(text);
  std::string url(text);
  std::erase(url, '#');  // what is behind it is never sent
  if (text.find(kCanary) != text.npos || url.find(kCanary) != url.npos) {
    return;
  }
  url += url.find('?') == std::string::npos ? "?" : "&";
  url += "api_key=" + std::string(kCanary);
  require(masked_url(url).find(kCanary) == std::string::npos, "a key in a query is masked", url);
  require(!secret_in_query(url).empty(), "a key in a query is found", url);
  std::string body = R"({"password": ")" + std::string(kCanary) + R"(", )" + std::string(text);
  require(masked_body(body).find(kCanary) == std::string::npos, "a member is masked", body);
}

}  // namespace

void one_input(std::string_view input) {
  constexpr int kStatus[] = {301, 302, 303, 307, 308};
  Parts parts(input);
  const int status = kStatus[parts.byte() % 5];
  const std::string_view base = parts.line();
  const std::string_view location = parts.rest();
  try_masking(base);
  try_masking(location);
  const auto url = parse_url(base);
  if (!url) {
    require(printable(url.error(), 10'000) == url.error(), "messages are harmless", base);
    return;
  }
  require_whole(url.value(), base);
  const auto target = resolve_location(url.value(), location);
  if (target) {
    require_whole(target.value(), location);
  }
  try_redirect(url.value(), location, status);
}

}  // namespace dogged::fuzz
