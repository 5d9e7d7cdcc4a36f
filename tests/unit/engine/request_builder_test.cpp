// SPDX-License-Identifier: MIT
#include "engine/request_builder.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace dogged {
namespace {

Source source_of(std::string url) {
  Source source;
  source.request.url = std::move(url);
  return source;
}

std::unique_ptr<RequestBuilder> builder(const Source& source) {
  auto made = RequestBuilder::make(source, "dogged/test");
  REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error()));
  return std::move(made).value();
}

std::string fault_of(const Source& source) {
  const auto made = RequestBuilder::make(source, "dogged/test");
  return made.ok() ? "" : made.error();
}

AuthSpec auth(AuthType type, std::string value, std::string name = "", std::string user = "") {
  AuthSpec spec;
  spec.type = type;
  spec.value = std::move(value);
  spec.name = std::move(name);
  spec.user = std::move(user);
  return spec;
}

HttpRequest built(const RequestBuilder& b, const JobValues& values) {
  auto request = b.build(values);
  REQUIRE_MESSAGE(request.ok(), (request.ok() ? "" : request.error()));
  return std::move(request).value();
}

std::string header(const HttpRequest& request, std::string_view name) {
  std::string all;
  for (const HttpHeader& h : request.headers) {
    if (h.name == name) {
      all += "[" + h.value + "]";
    }
  }
  return all;
}

TEST_CASE("the request carries the source's limits and the usual headers") {
  Source source = source_of("https://h/x/{key}");
  source.request.timeout = Millis(7'000);
  source.request.connect_timeout = Millis(700);
  source.request.max_body_bytes = 77;
  const auto b = builder(source);
  const HttpRequest r = built(*b, {"a/b c", "", ""});
  CHECK(r.url == "https://h/x/a%2Fb%20c");
  CHECK(r.method == "GET");
  CHECK(r.timeout == Millis(7'000));
  CHECK(r.connect_timeout == Millis(700));
  CHECK(r.max_body_bytes == 77);
  CHECK(header(r, "Accept") == "[application/json]");
  CHECK(header(r, "User-Agent") == "[dogged/test]");
  CHECK(header(r, "Content-Type").empty());
  CHECK(r.body.empty());
}

TEST_CASE("given headers stand in place of the usual ones, whatever their case") {
  Source source = source_of("https://h/{key}");
  source.request.headers = {{"accept", "text/json"}, {"USER-AGENT", "me"}};
  const HttpRequest r = built(*builder(source), {"1", "", ""});
  CHECK(header(r, "accept") == "[text/json]");
  CHECK(header(r, "Accept").empty());
  CHECK(header(r, "USER-AGENT") == "[me]");
  CHECK(header(r, "User-Agent").empty());
}

TEST_CASE("a body is a template whose values are escaped for JSON") {
  Source source = source_of("https://h/graphql");
  source.request.method = "POST";
  source.request.body = R"({{"id":"{key}"}})";
  const HttpRequest r = built(*builder(source), {"a\"b", "", ""});
  CHECK(r.body == R"({"id":"a\"b"})");
  CHECK(header(r, "Content-Type") == "[application/json]");
}

TEST_CASE("columns are needed where a template names one") {
  CHECK_FALSE(builder(source_of("https://h/{key}"))->needs_columns());
  CHECK(builder(source_of("https://h/{kind}/{key}"))->needs_columns());
  Source source = source_of("https://h/");
  source.request.body = "{kind}";
  CHECK(builder(source)->needs_columns());
}

TEST_CASE("values that make no URL are a failure, not a request") {
  const auto b = builder(source_of("https://h/{kind}/{key}"));
  CHECK_FALSE(b->build({"1", "", ""}).ok());
  CHECK_FALSE(builder(source_of("https://h/{key}"))->build({"", "", ""}).ok());
}

TEST_CASE("authentication is put where it belongs and never shown") {
  struct Row {
    AuthSpec auth;
    const char* header;
    const char* value;
  };
  const Row rows[] = {
      {auth(AuthType::bearer, "s3cret"), "Authorization", "[Bearer s3cret]"},
      {auth(AuthType::basic, "s3cret", "", "me"), "Authorization", "[Basic bWU6czNjcmV0]"},
      {auth(AuthType::header, "s3cret", "X-Thing"), "X-Thing", "[s3cret]"},
  };
  for (const Row& row : rows) {
    Source source = source_of("https://h/{key}");
    source.auth = row.auth;
    const auto b = builder(source);
    const HttpRequest r = built(*b, {"1", "", ""});
    CHECK(header(r, row.header) == row.value);
    CHECK(r.credential_headers == std::vector<std::string>{row.header});
    CHECK(b->describe(r).find("s3cret") == std::string::npos);
    CHECK(b->describe(r).find("czNjcmV0") == std::string::npos);
    CHECK(b->describe(r).find(std::string(row.header) + ": ***") != std::string::npos);
  }
}

TEST_CASE("basic authentication pads as base64 asks") {
  const char* const passwords[] = {"a", "ab", "abc", "abcd"};
  const char* const encoded[] = {"[Basic dTph]", "[Basic dTphYg==]", "[Basic dTphYmM=]",
                                 "[Basic dTphYmNk]"};
  for (std::size_t i = 0; i < 4; ++i) {
    Source source = source_of("https://h/{key}");
    source.auth = auth(AuthType::basic, passwords[i], "", "u");
    CHECK(header(built(*builder(source), {"1", "", ""}), "Authorization") == encoded[i]);
  }
}

TEST_CASE("a query secret ends the URL, encoded, and is masked") {
  Source source = source_of("https://h/{key}");
  source.auth = auth(AuthType::query, "a&b", "api key");
  auto b = builder(source);
  HttpRequest r = built(*b, {"1", "", ""});
  CHECK(r.url == "https://h/1?api%20key=a%26b");
  CHECK(b->describe(r).find("GET https://h/1?api%20key=***\n") == 0);
  source.request.url = "https://h/{key}?x=1";
  b = builder(source);
  CHECK(built(*b, {"1", "", ""}).url == "https://h/1?x=1&api%20key=a%26b");
}

TEST_CASE("a value by reference is read once and never shown") {
  REQUIRE(setenv("DOGGED_TEST_TOKEN", "s3cret", 1) == 0);  // NOLINT(concurrency-mt-unsafe)
  Source source = source_of("https://h/{key}");
  source.request.headers = {{"X-Plain", "env:DOGGED_TEST_TOKEN"}, {"X-Seen", "yes"}};
  const auto b = builder(source);
  REQUIRE(unsetenv("DOGGED_TEST_TOKEN") == 0);  // NOLINT(concurrency-mt-unsafe)
  const HttpRequest r = built(*b, {"1", "", ""});
  CHECK(header(r, "X-Plain") == "[s3cret]");
  CHECK(b->describe(r).find("s3cret") == std::string::npos);
  CHECK(b->describe(r).find("X-Seen: yes") != std::string::npos);
  CHECK(fault_of(source).find("X-Plain") != std::string::npos);
}

TEST_CASE("what cannot be sent is refused when the source is read") {
  const auto with_header = [](std::string name, std::string value) {
    Source source = source_of("https://h/{key}");
    source.request.headers = {{std::move(name), std::move(value)}};
    return fault_of(source);
  };
  CHECK(with_header("Bad Name", "x").find("no header name") != std::string::npos);
  CHECK(with_header("", "x").find("no header name") != std::string::npos);
  CHECK(with_header("X", "a\r\nY: b").find("control character") != std::string::npos);
  CHECK(with_header("content-length", "3").find("HTTP client itself") != std::string::npos);
  CHECK(fault_of(source_of("ftp://h/{key}")).find("ftp://h/{key}") != std::string::npos);
  Source source = source_of("https://h/{key}");
  source.auth.type = AuthType::oauth2;
  CHECK(fault_of(source).find("oauth2 is not supported") != std::string::npos);
  source.auth = auth(AuthType::bearer, "");
  CHECK(fault_of(source).find("value is empty") != std::string::npos);
  source.auth = auth(AuthType::basic, "x", "", "a:b");
  CHECK(fault_of(source).find("':'") != std::string::npos);
  source.auth = auth(AuthType::query, "x");
  CHECK(fault_of(source).find("needs name") != std::string::npos);
  source.auth = {};
  source.request.method = "GET /";
  CHECK(fault_of(source).find("no HTTP method") != std::string::npos);
}

}  // namespace
}  // namespace dogged
