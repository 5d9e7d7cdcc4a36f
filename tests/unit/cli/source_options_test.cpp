// SPDX-License-Identifier: MIT
#include "cli/source_options.h"

#include "base/error.h"
#include "cli/source_file.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

namespace dogged {
namespace {

std::string toml_of(const ResolvedSource& resolved) {
  return source_toml(resolved.source, resolved.left_out);
}

SourceOptions url_options(const std::string& url) {
  SourceOptions options;
  options.url = url;
  return options;
}

TEST_CASE("without flags the store's source counts") {
  const std::string stored = toml_of(resolve_source(url_options("http://h/{id}"), std::nullopt));
  const ResolvedSource again = resolve_source({}, stored);
  CHECK(again.source.request.url == "http://h/{id}");
  CHECK_FALSE(again.given);
}

TEST_CASE("another question to a store in use is refused, unless it is to change") {
  SourceOptions first = url_options("http://h/{id}");
  first.key = "{a}/{b}";
  const std::string stored = toml_of(resolve_source(first, std::nullopt));

  SourceOptions other = url_options("http://other/{id}");
  CHECK_THROWS_WITH_AS(resolve_source(other, stored), doctest::Contains("--change-source"), Error);
  CHECK_THROWS_WITH_AS(resolve_source(other, stored), doctest::Contains("--db"), Error);
  other.change_source = true;
  CHECK(resolve_source(other, stored).source.request.url == "http://other/{id}");

  SourceOptions method;
  method.method = "PUT";
  CHECK_THROWS_AS(resolve_source(method, stored), Error);
  SourceOptions body;
  body.body = "x";
  CHECK_THROWS_AS(resolve_source(body, stored), Error);
  SourceOptions key;
  key.key = "{b}";
  CHECK_THROWS_AS(resolve_source(key, stored), Error);
  // What does not change the question may change.
  SourceOptions gentle;
  gentle.timeout = Millis(1'000);
  gentle.headers = {"X-Trace: 1"};
  CHECK(resolve_source(gentle, stored).source.request.timeout == Millis(1'000));
}

TEST_CASE("a store without a URL takes any") {
  const std::string stored = toml_of(resolve_source({}, std::nullopt));
  CHECK_NOTHROW(resolve_source(url_options("http://h/{id}"), stored));
}

TEST_CASE("headers take the place of those of their name, and an empty one takes it away") {
  SourceOptions first = url_options("http://h/{id}");
  first.headers = {"Accept: a", "X-One: 1", "X-One: 2"};
  const std::string stored = toml_of(resolve_source(first, std::nullopt));
  SourceOptions second;
  second.headers = {"accept:  b ", "x-one:"};
  CHECK(resolve_source(second, stored).source.request.headers ==
        std::vector<HeaderField>{{"accept", "b"}});
}

TEST_CASE("a header that is none is refused without being shown") {
  for (const char* text : {"secret-without-colon", ": x", "two words: x", "A: b\r\nHost: c"}) {
    SourceOptions options = url_options("http://h/{id}");
    options.headers = {text};
    try {
      (void)resolve_source(options, std::nullopt);
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::usage);
      CHECK(std::string(error.what()).find("secret-without") == std::string::npos);
    }
  }
}

TEST_CASE("a literal secret is warned of, not kept, and asked for again") {
  SourceOptions first = url_options("http://h/{id}");
  first.headers = {"Authorization: Bearer canary"};
  const ResolvedSource resolved = resolve_source(first, std::nullopt);
  REQUIRE(resolved.warnings.size() == 1);
  CHECK(resolved.warnings[0].find("canary") == std::string::npos);
  const std::string stored = toml_of(resolved);
  CHECK(stored.find("canary") == std::string::npos);

  const ResolvedSource missing = resolve_source({}, stored);
  CHECK(missing.left_out == std::vector<std::string>{"header Authorization"});
  // It stays missing, however often the source is written.
  CHECK(resolve_source({}, toml_of(missing)).left_out == missing.left_out);
  SourceOptions again;
  again.headers = {"authorization: env:TOKEN"};
  CHECK(resolve_source(again, stored).left_out.empty());
}

// A source file of the test's own.
class GivenSource {
 public:
  explicit GivenSource(const std::string& toml) {
    options.source = (directory_.path() / "source.toml").string();
    std::ofstream(options.source) << toml;
  }
  SourceOptions options;

 private:
  TemporaryDirectory directory_;
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a warning of a literal secret says where it stands") {
  GivenSource given(
      "[request]\nurl = \"http://h/{id}?token=canary\"\nheaders = { X-Token = \"canary\" }\n"
      "[auth]\ntype = \"bearer\"\ntoken = \"canary\"\n");
  const auto in_file = resolve_source(given.options, std::nullopt).warnings;
  REQUIRE(in_file.size() == 3);
  for (const std::string& warning : in_file) {
    CAPTURE(warning);
    CHECK_FALSE(holds(warning, "process list"));
    CHECK_FALSE(holds(warning, "canary"));
  }
  CHECK(holds(in_file[0], "header X-Token stands in the source file"));
  CHECK(holds(in_file[1], "auth value stands in the source file"));
  CHECK(holds(in_file[2], "the store keeps it"));

  given.options.headers = {"x-token: canary"};
  given.options.url = "http://h/{id}?token=canary";
  const auto mixed = resolve_source(given.options, std::nullopt).warnings;
  REQUIRE(mixed.size() == 3);
  CHECK(holds(mixed[0], "process list"));
  CHECK_FALSE(holds(mixed[1], "process list"));
  CHECK(holds(mixed[2], "process list"));
}

TEST_CASE("a shell's variable in a header or secret is warned of, without its name") {
  const auto variables_of = [](const std::string& header) {
    SourceOptions options = url_options("http://h/{id}");
    options.headers = {header};
    const auto warnings = resolve_source(options, std::nullopt).warnings;
    return std::count_if(warnings.begin(), warnings.end(), [](const std::string& warning) {
      CHECK_FALSE(holds(warning, "canary"));
      return holds(warning, "Did you mean env:NAME?");
    });
  };
  for (const char* text : {"Authorization: Bearer $canary_1", "X-Key: ${canary}", "X-A: $canary"}) {
    CAPTURE(text);
    CHECK(variables_of(text) == 1);
  }
  for (const char* text : {"X-Key: env:canary", "X-Key: cmd:echo $canary", "X-Price: $5", "X: a$b",
                           "X: $", "X: ${}", "X: ${a"}) {
    CAPTURE(text);
    CHECK(variables_of(text) == 0);
  }
  const GivenSource given(
      "[request]\nurl = \"http://h/{id}\"\n[auth]\ntype = \"bearer\"\ntoken = \"${TOKEN}\"\n");
  const auto warnings = resolve_source(given.options, std::nullopt).warnings;
  REQUIRE(warnings.size() == 2);
  CHECK(holds(warnings[1], "auth value holds a $NAME"));
}

TEST_CASE("a secret in the URL is warned of") {
  CHECK(resolve_source(url_options("http://h/{id}?api_key=abc"), std::nullopt).warnings.size() ==
        1);
  CHECK(resolve_source(url_options("http://h/?key={key}&x=1"), std::nullopt).warnings.empty());
}

TEST_CASE("a secret in the body or in --proxy is warned of, and never shown") {
  SourceOptions options = url_options("http://h/{id}?token=canary");
  options.body = R"({"id":"{id}","password":"canary"})";
  options.proxy = "http://u:canary@proxy:3128";
  const ResolvedSource resolved = resolve_source(options, std::nullopt);
  REQUIRE(resolved.warnings.size() == 3);
  for (const std::string& warning : resolved.warnings) {
    CHECK(warning.find("canary") == std::string::npos);
  }
  CHECK(resolved.warnings[1].find("'password'") != std::string::npos);
  // Another URL or body is refused without showing it.
  const std::string stored = toml_of(resolved);
  for (const char* body : {R"({"password":"canary2"})", R"({"id":"{id}","password":"canary"})"}) {
    SourceOptions other = url_options("http://h/{id}?token=canary2");
    other.body = body;
    try {
      resolve_source(other, stored);
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("canary") == std::string::npos);
    }
  }
}

TEST_CASE("-d alone means POST") {
  SourceOptions options = url_options("http://h/{id}");
  options.body = "id={id}";
  CHECK(resolve_source(options, std::nullopt).source.request.method == "POST");
  options.method = "PUT";
  CHECK(resolve_source(options, std::nullopt).source.request.method == "PUT");
}

TEST_CASE("flags that exclude each other are refused") {
  SourceOptions ids;
  ids.id_column = "a";
  ids.key = "{a}";
  CHECK_THROWS_AS(resolve_source(ids, std::nullopt), Error);
  SourceOptions rules;
  rules.id_rule = "finnish-business-id";
  rules.id_pattern = "x";
  CHECK_THROWS_AS(resolve_source(rules, std::nullopt), Error);
  SourceOptions rewrite;
  rewrite.id_rewrite = "\\1";
  CHECK_THROWS_AS(resolve_source(rewrite, std::nullopt), Error);
}

TEST_CASE("a source by name brings its limits and languages, and flags count before it") {
  SourceOptions options;
  options.source = "prh";
  options.url = "http://127.0.0.1/{id}";
  options.lang = "sv";
  const ResolvedSource resolved = resolve_source(options, std::nullopt);
  CHECK(resolved.source.request.url == "http://127.0.0.1/{id}");
  CHECK(resolved.source.limits.rate == Rate{300, Millis(60'000)});
  CHECK(lang_value(resolved.source) == "2");
  options.lang = "xx";
  CHECK_THROWS_WITH_AS(resolve_source(options, std::nullopt), doctest::Contains("fi"), Error);
}

TEST_CASE("an empty proxy means none, an absent one the environment's") {
  SourceOptions options;
  CHECK_FALSE(resolve_source(options, std::nullopt).http.no_proxy);
  options.proxy = "";
  CHECK(resolve_source(options, std::nullopt).http.no_proxy);
}

TEST_CASE("the user agent is honest") {
  CHECK(resolve_source({}, std::nullopt).user_agent.rfind("dogged/", 0) == 0);
}

}  // namespace
}  // namespace dogged
