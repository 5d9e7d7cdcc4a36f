// SPDX-License-Identifier: MIT
#include "job/url_template.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace dogged {
namespace {

using std::string_literals::operator""s;

UrlTemplate parsed(std::string_view text) {
  auto url = UrlTemplate::parse(text);
  REQUIRE_MESSAGE(url.ok(), text);
  return std::move(url).value();
}

// {id} is `id`; {kind} is "artists"; others are not there.
Result<std::string> rendered(std::string_view text, const std::string& id) {
  return parsed(text).render([&](std::string_view name) -> std::optional<std::string> {
    return name == "id"     ? std::optional(id)
           : name == "kind" ? std::optional("artists"s)
                            : std::nullopt;
  });
}

std::string url(std::string_view text, const std::string& id) {
  const auto result = rendered(text, id);
  REQUIRE_MESSAGE(result.ok(), id);
  return result.value();
}

TEST_CASE("a nasty ID cannot leave its path segment or its parameter") {
  struct Case {
    std::string id;
    std::string encoded;
  };
  const Case cases[] = {
      {"0112038-9", "0112038-9"},
      {"A.b_c~d", "A.b_c~d"},
      {"a\r\nHost: evil", "a%0D%0AHost%3A%20evil"},
      {"a\nb", "a%0Ab"},
      {"a/b", "a%2Fb"},
      {"../admin", "..%2Fadmin"},
      {"a?b=c", "a%3Fb%3Dc"},
      {"a#b", "a%23b"},
      {"100%", "100%25"},
      {"%2F", "%252F"},
      {"a b", "a%20b"},
      {" a ", "%20a%20"},
      {"a&b=c;d+e", "a%26b%3Dc%3Bd%2Be"},
      {"a@b:c", "a%40b%3Ac"},
      {"a\\b", "a%5Cb"},
      {"åäö", "%C3%A5%C3%A4%C3%B6"},
      {"😀", "%F0%9F%98%80"},
      {"\x7F\x01", "%7F%01"},
      {"...", "..."},
      {"{id}", "%7Bid%7D"},
      {"\"'<>", "%22%27%3C%3E"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.id);
    CHECK(url("http://h/v1/{id}", c.id) == "http://h/v1/" + c.encoded);
    CHECK(url("http://h/v1?q={id}&r=1", c.id) == "http://h/v1?q=" + c.encoded + "&r=1");
    CHECK(percent_encoded(c.id) == c.encoded);
  }
}

TEST_CASE("a value that would make another path is a reason, not a URL") {
  CHECK_FALSE(rendered("http://h/v1/{id}", ""));
  CHECK_FALSE(rendered("http://h/v1/{id}", "."));
  CHECK_FALSE(rendered("http://h/v1/{id}", ".."));
  CHECK_FALSE(rendered("http://h/v1/{id}/x", ".."));
  CHECK_FALSE(rendered("http://h/v1/{id}?a=b", ".."));
  CHECK_FALSE(rendered("http://h/v1/.{id}", "."));
  CHECK_FALSE(rendered("http://h/v1/%2e{id}/x", "."));
  CHECK_FALSE(rendered("http://h/v1/%2E{id}", "."));
  CHECK_FALSE(rendered("http://h/v1/{id}{id}", "."));
  CHECK(url("http://h/v1/{id}.json", "..") == "http://h/v1/...json");
  CHECK(url("http://h/v1/a{id}", "..") == "http://h/v1/a..");
  CHECK(url("http://h/v1/../{id}", "7") == "http://h/v1/../7");
}

TEST_CASE("in the query dots and nothing are values like others") {
  CHECK(url("http://h/v1?q={id}", "") == "http://h/v1?q=");
  CHECK(url("http://h/v1?q={id}", "..") == "http://h/v1?q=..");
  CHECK(url("http://h/v1?q=/{id}/", "..") == "http://h/v1?q=/../");
}

TEST_CASE("NUL bytes and broken UTF-8 stand nowhere in a URL") {
  for (const char* const place : {"http://h/{id}", "http://h/?q={id}"}) {
    CHECK_FALSE(rendered(place, "a\0b"s));
    CHECK_FALSE(rendered(place, "\xFF"));
    CHECK_FALSE(rendered(place, "\xC3"));
    CHECK_FALSE(rendered(place, "\xED\xA0\x80"));  // a surrogate
    CHECK_FALSE(rendered(place, "\xC0\xAF"));      // an overlong slash
  }
}

TEST_CASE("names come in order of appearance, each once") {
  const UrlTemplate t = parsed("https://h/{kind}/{id}?again={id}&x={a b}");
  CHECK(t.names() == std::vector<std::string>{"kind", "id", "a b"});
  CHECK(t.text() == "https://h/{kind}/{id}?again={id}&x={a b}");
  CHECK(url("https://h/{kind}/{id}?again={id}", "7") == "https://h/artists/7?again=7");
}

TEST_CASE("a column that is not there is a reason that names it") {
  const auto result = rendered("http://h/{nmae}", "7");
  REQUIRE_FALSE(result);
  CHECK(result.error() == "no column 'nmae'");
}

TEST_CASE("literal text becomes what a URL may hold") {
  CHECK(url("HTTP://h", "") == "http://h/");
  CHECK(url("http://h?q={id}", "1") == "http://h/?q=1");
  CHECK(url("http://h/haku ä/{id}", "1") == "http://h/haku%20%C3%A4/1");
  CHECK(url("http://h/{{x}}/{id}", "1") == "http://h/%7Bx%7D/1");
  CHECK(url("http://h/a%2Fb/{id}", "1") == "http://h/a%2Fb/1");
  CHECK(url("http://[::1]:8080/{id}", "1") == "http://[::1]:8080/1");
  CHECK(url("http://h:8801/a;b,c=1/{id}?x[]=1", "1") == "http://h:8801/a;b,c=1/1?x[]=1");
}

TEST_CASE("templates that cannot be used are refused") {
  const std::string_view texts[] = {
      "",
      "h/{id}",
      "ftp://h/{id}",
      "{id}",
      "http://",
      "http:///{id}",
      "http://{id}/",
      "http://h.{id}/",
      "http://h:{id}/",
      "http://h:/{id}",
      "http://h:99999/{id}",
      "http://h:8x/{id}",
      "http://h:0/{id}",
      "http://user:pw@h/{id}",
      "http://user@h/{id}",
      "http://h/{id}#top",
      "http://h/{id",
      "http://h/id}",
      "http://h/{}",
      "http://h/{a{b}}",
      "http://h/100%/{id}",
      "http://h/%g0/{id}",
      "http://h/a\r\nHost: x/{id}",
      "http://h/\xFF/{id}",
      "http://hä/{id}",
      "http://h x/{id}",
      "http://[::1/{id}",
      "http://[]/{id}",
      "http://[12]/{id}",
      "http://h~/{id}",
      "http://h\\@evil/{id}",
  };
  for (const std::string_view text : texts) {
    CAPTURE(text);
    CHECK_FALSE(UrlTemplate::parse(text));
  }
}

TEST_CASE("a key template takes values as they are") {
  const auto key = TextTemplate::parse("{kind}/{id}");
  REQUIRE(key);
  CHECK(key.value().names() == std::vector<std::string>{"kind", "id"});
  const auto lookup = [](std::string_view name) -> std::optional<std::string> {
    return name == "kind" ? std::optional("a b"s)
           : name == "id" ? std::optional("1/2"s)
                          : std::nullopt;
  };
  CHECK(key.value().render(lookup, TextTemplate::Escape::none).value() == "a b/1/2");
  CHECK_FALSE(TextTemplate::parse("{other}").value().render(lookup, TextTemplate::Escape::none));
}

TEST_CASE("in a body values are escaped to stand inside a JSON string") {
  const auto body = TextTemplate::parse(R"({{"id":"{id}"}})");
  REQUIRE(body);
  const auto with = [&](const std::string& id) {
    return body.value().render([&](std::string_view) { return std::optional(id); },
                               TextTemplate::Escape::json);
  };
  CHECK(with("7").value() == R"({"id":"7"})");
  CHECK(with("a\"b\\c\nd").value() == R"({"id":"a\"b\\c\nd"})");
  CHECK(with(R"(","x":")").value() == R"({"id":"\",\"x\":\""})");
  CHECK_FALSE(with("\xFF"));
}

TEST_CASE("unbalanced braces of a text are told how to be written") {
  for (const std::string_view text : {"{", "}", "a{b", "{\"id\":\"{id}\"}", "{}"}) {
    CAPTURE(text);
    CHECK_FALSE(TextTemplate::parse(text));
  }
  CHECK(TextTemplate::parse("{{}}").value().names().empty());
}

}  // namespace
}  // namespace dogged
