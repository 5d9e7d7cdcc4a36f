// SPDX-License-Identifier: MIT
#include "cli/source_file.h"

#include "base/error.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

constexpr char kWhole[] = R"(
name = "products"
[request]
url = "https://api.example.com/v2/items/{id}?fields=name,price"
method = "POST"
headers = { Zebra = "1", Accept = "application/json", Authorization = "Bearer env:TOKEN" }
body = "{{\"id\": \"{id}\"}}"
timeout = "90s"
connect_timeout = 5
max_body = "2M"
redirect_other_origin = true
[auth]
type = "oauth2"
token_url = "https://auth.example.com/token"
client_id = "env:ITEMS_ID"
client_secret = "file:~/.items-secret"
scope = "read"
[id]
column = "product_id"
pattern = '^\d{8}$'
rewrite = '\0'
[limits]
rate = "500/s"
max_concurrency = 32
leave = "50%"
[[answer]]
when = { pointer = "/totalResults", equals = 0 }
then = "not_found"
[[answer]]
when = { status = 403, body = "quota" }
then = "refused"
[[answer]]
when = { header = "X-Busy", header_match = "^y", pointer = "/a", exists = false }
then = "retry"
[columns]
zulu = "/companies/0/names/0/name"
alpha = '''
.companies[0].lines[]?
| select(.languageCode == "3") | .description
'''
[lang]
default = "fi"
fi = "1"
sv = "2"
)";

std::string usage_error(std::string_view toml) {
  try {
    (void)parse_source(toml, "mine.toml");
  } catch (const Error& error) {
    return error.fault() == Fault::usage ? error.what() : "not a usage error";
  }
  return "no error";
}

void check_whole(const Source& s) {
  CHECK(s.name == "products");
  CHECK(s.request.url == "https://api.example.com/v2/items/{id}?fields=name,price");
  CHECK(s.request.method == "POST");
  CHECK(s.request.headers == std::vector<HeaderField>{{"Zebra", "1"},
                                                      {"Accept", "application/json"},
                                                      {"Authorization", "Bearer env:TOKEN"}});
  CHECK(s.request.body == "{{\"id\": \"{id}\"}}");
  CHECK(s.request.timeout == Millis(90'000));
  CHECK(s.request.connect_timeout == Millis(5'000));
  CHECK(s.request.max_body_bytes == 2 << 20);
  CHECK(s.request.redirect_other_origin);
  CHECK(s.auth.type == AuthType::oauth2);
  CHECK(s.auth.client_secret == "file:~/.items-secret");
  CHECK(s.auth.scope == "read");
  CHECK(s.id.column == "product_id");
  CHECK(s.id.pattern == "^\\d{8}$");
  CHECK(s.id.rewrite == "\\0");
  CHECK(s.limits.rate == Rate{500, Millis(1'000)});
  CHECK(s.limits.max_concurrency == 32);
  CHECK(s.limits.leave == doctest::Approx(0.5));
  REQUIRE(s.answers.size() == 3);
  CHECK(s.answers[0].equals == "0");
  CHECK(s.answers[0].then == RuleAction::not_found);
  CHECK(s.answers[1].status == 403);
  CHECK(s.answers[1].body == "quota");
  CHECK(s.answers[2].header_match == "^y");
  CHECK(s.answers[2].exists == false);
  // The order of the file, not of the alphabet: it is the order of the export's columns.
  REQUIRE(s.columns.size() == 2);
  CHECK(s.columns[0] == ColumnSpec{"zulu", "/companies/0/names/0/name"});
  CHECK(s.columns[1].expression ==
        ".companies[0].lines[]?\n| select(.languageCode == \"3\") | .description\n");
  CHECK(s.default_lang == "fi");
  CHECK(s.langs == std::map<std::string, std::string>{{"fi", "1"}, {"sv", "2"}});
}

TEST_CASE("a source file with everything is read") {
  check_whole(parse_source(kWhole, "mine.toml").source);
}

TEST_CASE("a source that is written is read back the same") {
  const Source source = parse_source(kWhole, "mine.toml").source;
  const std::string text = source_toml(source);
  check_whole(parse_source(text, "written").source);
  CHECK(source_toml(parse_source(text, "written").source) == text);
}

TEST_CASE("a header that is sent several times is a list") {
  Source source;
  source.request.headers = {{"X-One", "1"}, {"Accept", "a"}, {"X-One", "2"}, {"x-one", "3"}};
  CHECK(parse_source(source_toml(source), "written").source.request.headers ==
        std::vector<HeaderField>{{"X-One", "1"}, {"X-One", "2"}, {"Accept", "a"}, {"x-one", "3"}});
}

TEST_CASE("texts that need care are written so that they are read back") {
  for (const std::string& nasty :
       {std::string("a\"b\\c"), std::string("tab\t \x01 \x7f"), std::string("'''\n'''"),
        std::string("ends with '\n'"), std::string("\nbegins"), std::string("a\r\nb"),
        std::string("http://x/\\/"), std::string("\u00e4\u20ac")}) {
    CAPTURE(nasty);
    Source source;
    source.columns.push_back({nasty, nasty});
    source.request.body = nasty;
    source.answers.push_back({});
    source.answers.back().body = nasty;
    const Source read = parse_source(source_toml(source), "written").source;
    REQUIRE(read.columns.size() == 1);
    CHECK(read.columns[0] == source.columns[0]);
    CHECK(read.request.body == nasty);
    CHECK(read.answers.at(0).body == nasty);
  }
}

TEST_CASE("literal secrets are not written, and are named") {
  Source source;
  source.request.headers = {{"Authorization", "Bearer canary-1"},
                            {"X-Api-Key", "env:KEY"},
                            {"Accept", "application/json"}};
  source.auth.type = AuthType::basic;
  source.auth.user = "me";
  source.auth.value = "canary-2";
  const std::string text = source_toml(source, {"auth client_secret"});
  CHECK(text.find("canary") == std::string::npos);
  const SourceFile read = parse_source(text, "written");
  CHECK(read.left_out ==
        std::vector<std::string>{"header Authorization", "auth value", "auth client_secret"});
  CHECK(read.source.request.headers ==
        std::vector<HeaderField>{{"X-Api-Key", "env:KEY"}, {"Accept", "application/json"}});
  CHECK(read.source.auth.user == "me");
}

TEST_CASE("mistakes are named with file, line and key") {
  struct Case {
    const char* toml;
    const char* message;
  };
  const Case cases[] = {
      {"name = 1\n", "mine.toml:1: 'name' must be a text in quotes, not a whole number"},
      {"[request]\nurll = 'x'\n",
       "mine.toml:2: unknown key 'urll' in [request]; did you mean 'url'?"},
      {"[reqest]\n", "mine.toml:1: unknown key 'reqest'; did you mean 'request'?"},
      {"request = 3\n", "mine.toml:1: 'request' must be a table, not a whole number"},
      {"\n[request]\ntimeout = 'soon'\n", "mine.toml:3: 'timeout' in [request] 'soon': "},
      {"[request]\nmethod = ''\n", "mine.toml:2: 'method' in [request] must be a word like GET"},
      {"[request]\nmethod = 'GE T'\n", "must be a word like GET"},
      {"[limits]\nmax_concurrency = 0\n", "'max_concurrency' in [limits] must be from 1 to"},
      {"[limits]\nleave = '100%'\n", "must be above 0% and below 100%"},
      {"[auth]\ntype = 'magic'\n", "mine.toml:2: 'type' in [auth] must be none, bearer"},
      {"[auth]\ntype = 'header'\nvalue = 'env:X'\n", "needs a 'name'"},
      {"[auth]\ntype = 'bearer'\nname = 'x'\n", "unknown key 'name' in [auth]"},
      {"[[answer]]\nthen = 'explode'\n", "mine.toml:2: 'then' in [[answer]] must be done"},
      {"[[answer]]\nwhen = { equals = 1 }\nthen = 'done'\n", "need a 'pointer'"},
      {"[[answer]]\nwhen = { pointer = 'a' }\nthen = 'done'\n", "'a' is no JSON pointer"},
      {"[[answer]]\nwhen = { status = 42 }\nthen = 'done'\n", "must be from 100 to 599"},
      {"[id]\nrewrite = 'x'\n", "mine.toml:2: 'rewrite' in [id] needs a 'pattern'"},
      {"[answer]\nthen = 'done'\n", "a list of tables, written [[answer]]"},
      {"[lang]\ndefault = 'de'\nfi = '1'\n", "'default' in [lang] must be one of its codes"},
      {"[columns]\na = 1\n", "mine.toml:2: 'a' in [columns] must be a text in quotes"},
      {"a = \n", "mine.toml:1: "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.toml);
    const std::string message = usage_error(c.toml);
    CAPTURE(message);
    CHECK(message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("a text without quotes is told to want them") {
  for (const char* text :
       {"[auth]\ntype = bearer\n", "[auth]\ntype = none\n", "[request]\ntimeout = 60s\n",
        "[auth]\ntoken = file:x\n", "[request]\nurl = https://h/{id}\n"}) {
    CAPTURE(text);
    const std::string message = usage_error(text);
    CHECK(message.find("mine.toml:2: ") == 0);
    CHECK(message.find("a text needs quotes") != std::string::npos);
  }
  for (const char* text : {"name = \"open\n", "[auth\ntype = \"bearer\"\n", "= 1\n"}) {
    CAPTURE(text);
    CHECK(usage_error(text).find("needs quotes") == std::string::npos);
  }
}

TEST_CASE("the sources that come with the program can be read, and are found by name") {
  const std::vector<std::string> names = builtin_source_names();
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    CAPTURE(name);
    const Source source = load_source(name).source;
    CHECK(source.name == name);
    CHECK_FALSE(source.request.url.empty());
    CHECK_FALSE(source.columns.empty());
  }
  CHECK_THROWS_WITH_AS(load_source("phr"), doctest::Contains("Did you mean 'prh'?"), Error);
  CHECK_THROWS_WITH_AS(load_source("./none.toml"), doctest::Contains("No such file"), Error);
}

}  // namespace
}  // namespace dogged
