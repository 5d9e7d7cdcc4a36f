// SPDX-License-Identifier: MIT
#include "http/echoed_secrets.h"

#include <doctest/doctest.h>

using dogged::HttpRequest;
using dogged::without_echo;

namespace {

HttpRequest with_credentials() {
  HttpRequest request;
  request.url = "https://host/items?fields=name&token=query-hush";
  request.headers = {{"Authorization", "Bearer header-hush"},
                     {"X-Mine", "mine-hush"},
                     {"Accept", "application/json"}};
  request.credential_headers = {"X-Mine"};
  return request;
}

}  // namespace

TEST_CASE("credentials that a server sends back are masked, whole and cut off") {
  const HttpRequest request = with_credentials();
  CHECK(without_echo("it begins \"Bearer header-hush\"", request) == "it begins \"Bearer ***\"");
  CHECK(without_echo("mine-hush, mine-hu...", request) == "***, ***...");
  CHECK(without_echo("GET /items?fields=name&token=query-hush HTTP/1.1", request) ==
        "GET /items?fields=name&token=*** HTTP/1.1");
}

TEST_CASE("what is no credential stays") {
  const HttpRequest request = with_credentials();
  for (const char* text : {"", "application/json", "Bearer of what", "head-", "mine", "query"}) {
    CHECK(without_echo(text, request) == text);
  }
  CHECK(without_echo("secret", HttpRequest()) == "secret");
}
