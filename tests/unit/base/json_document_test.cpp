// SPDX-License-Identifier: MIT
#include "base/json_document.h"

#include <doctest/doctest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace dogged {
namespace {

std::string round_trip(std::string_view text) {
  JsonDocument document;
  const auto parsed = document.parse(text);
  return parsed ? document.json(document.root()) : "fault: " + parsed.error();
}

std::string at(const JsonDocument& document, std::string_view pointer) {
  const auto found = document.find(pointer);
  return found ? document.json(*found) : "nothing";
}

TEST_CASE("valid texts come out compact and with their digits") {
  struct Case {
    std::string_view text, compact;
  };
  const std::vector<Case> cases = {
      {"{}", "{}"},
      {" [ ] ", "[]"},
      {"null", "null"},
      {"\t-0.10\n", "-0.10"},
      {"[1.10,12345678901234567890,1E+2,-0]", "[1.10,12345678901234567890,1E+2,-0]"},
      {R"({"a":[1,{"b":[]},"x"],"c":{"d":true,"e":false},"f":null})",
       R"({"a":[1,{"b":[]},"x"],"c":{"d":true,"e":false},"f":null})"},
      {R"([[],[[]],{},{"a":{}}])", R"([[],[[]],{},{"a":{}}])"},
      {R"("\u00e4\/\ud83d\ude00\n\u0001")", "\"ä/😀\\n\\u0001\""},
      {R"({"":{"":1}})", R"({"":{"":1}})"},
      {R"(["\u0000"])", R"(["\u0000"])"},
      {"\xEF\xBB\xBF{\"bom\": 1}", R"({"bom":1})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(round_trip(c.text) == c.compact);
    CHECK(json_fault(c.text).empty());
  }
}

TEST_CASE("what is no JSON is refused, with the byte where it goes wrong") {
  struct Case {
    std::string text;
    std::string_view fault;
  };
  using std::string_literals::operator""s;
  const std::vector<Case> cases = {
      {"", "at byte 0"},
      {"   ", "at byte 3, where the text ends"},
      {"{\"a\":1", "at byte 6, where the text ends"},
      {"[1,]", "at byte 3"},
      {"[1] x", "at byte 4"},
      {"{} {}", "at byte 3"},
      {"[1]\0"s, "at byte 3"},
      {"[1,\0 2]"s, "at byte 3"},
      {"\"a\0b\""s, "at byte 2"},
      {"[\"\xC3\x28\"]", "invalid UTF-8 at byte 2"},
      {"\"\xED\xA0\x80\"", "invalid UTF-8 at byte 1"},
      {"\"\xC0\xAF\"", "invalid UTF-8 at byte 1"},
      {"\"abcdefgh\xF4\x90\x80\x80\"", "invalid UTF-8 at byte 9"},
      {"\"\xE4\xBD", "invalid UTF-8 at byte 1"},
      {"01", "at byte 1"},
      {"1.", "at byte"},
      {"+1", "at byte 0"},
      {"NaN", "at byte 0"},
      {"nul", "at byte"},
      {"'a'", "at byte 0"},
      {"\"\t\"", "at byte 1"},
      {"\"0123456789abcdef\x1A ghijklmnopqrstu\"", "at byte 17"},
      {"\"\\n0123456789abcdef\x1F ghijklmnopqrstu\"", "at byte 19"},
      {"{\"a\nb\":1}", "at byte"},
      {"\"\\x\"", "at byte 1"},
      {"\"\\u12g4\"", "at byte 1"},
      {"<html>", "at byte 0"},
      {"[1e5e5,1e400]", "at byte"},
      {"[--1e5,1e400]", "at byte"},
      {"[01e5,1e400]", "at byte"},
      {"[1e400", "at byte 6, where the text ends"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const std::string fault = json_fault(c.text);
    CHECK(fault.find(c.fault) != std::string::npos);
    JsonDocument document;
    const auto parsed = document.parse(c.text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error() == fault);
    CHECK_FALSE(document.find("").has_value());
  }
}

TEST_CASE("numbers beyond a double keep their digits") {
  const std::string long_integer(400, '7');
  const std::string text = "{\"1e999\":[1e400,-1e-999,1E+400," + long_integer + ",-" +
                           long_integer + "e99,\"\\\"1e9\"]}";
  CHECK(round_trip(text) == text);
  CHECK(json_fault(text).empty());
}

TEST_CASE("half a surrogate pair reads as the replacement character") {
  CHECK(round_trip(R"("a\ud83d")") == "\"a\uFFFD\"");
  CHECK(round_trip(R"("\udc00\ud83dx")") == "\"\uFFFD\uFFFDx\"");
  CHECK(round_trip(R"("\ud83d\ud83d\ude00")") == "\"\uFFFD😀\"");
  CHECK(round_trip(R"("\\ud83d")") == R"("\\ud83d")");
}

TEST_CASE("depth costs no stack") {
  constexpr std::size_t kLevels = 1'000'000;
  std::string text(kLevels, '[');
  CHECK_FALSE(json_fault(text).empty());
  text.append(kLevels, ']');
  CHECK(json_fault(text).empty());
  CHECK(round_trip(text) == text);
}

TEST_CASE("pointers lead where RFC 6901 says") {
  JsonDocument document;
  REQUIRE(document
              .parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,
                             "k\"l":6," ":7,"m~n":8,"o":{"p":[{"q":[[],[9]]},"r"]},"s":1,"s":2})")
              .ok());
  struct Case {
    std::string_view pointer, json;
  };
  const std::vector<Case> cases = {
      {"/foo", R"(["bar","baz"])"},
      {"/foo/0", "\"bar\""},
      {"/foo/1", "\"baz\""},
      {"/foo/2", "nothing"},
      {"/foo/00", "nothing"},
      {"/foo/-", "nothing"},
      {"/foo/1x", "nothing"},
      {"/foo/", "nothing"},
      {"/foo/99999999999999999999", "nothing"},
      {"/foo/0/0", "nothing"},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/a", "nothing"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {"/i\\j", "5"},
      {"/k\"l", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
      {"/m~0", "nothing"},
      {"/m~0nn", "nothing"},
      {"/o/p/0/q/1/0", "9"},
      {"/o/p/0/q/0", "[]"},
      {"/o/p/1", "\"r\""},
      {"/s", "2"},
      {"foo", "nothing"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.pointer);
    CHECK(at(document, c.pointer) == c.json);
  }
  CHECK(document.find("") == document.root());
}

TEST_CASE("a document can be parsed again, over a smaller and a larger one") {
  JsonDocument document;
  REQUIRE(document.parse("[" + std::string(3'000'000, ' ') + "\"x\"]").ok());
  CHECK(at(document, "/0") == "\"x\"");
  REQUIRE(document.parse("{\"a\":\"y\"}").ok());
  CHECK(at(document, "/a") == "\"y\"");
  CHECK_FALSE(document.parse("{").ok());
  REQUIRE(document.parse("[1,2]").ok());
  CHECK(document.node(0).count == 2);
  CHECK(document.node(0).end == 3);
}

// Behind a byte order mark the parser reads it, which keeps no container's text.
TEST_CASE("what is written does not depend on how it was read") {
  constexpr const char* kPieces[] = {
      "[",       "]",     "{",           "}",         ",",          ":",   "1",
      "-0.10e5", "\"a\"", "\"\u00e4\"",  "null",      "\"\\/\"",    " ",   "\n  ",
      "\"n\":",  "true",  "\"\\u0041\"", "[1,\"x\"]", "{\"k\":[]}", "[ ]", "\"q\\\"\":1"};
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> pick(0, std::size(kPieces) - 1);
  int valid = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? "[[1,{\"m\":[" : "{\"o\": [";
    for (int n = i % 7; n >= 0; --n) {
      text += kPieces[pick(random)];
    }
    text += i % 2 == 0 ? "]}]]" : "],\"p\":{}}";
    JsonDocument quick;
    if (!quick.parse(text).ok()) {
      continue;
    }
    ++valid;
    JsonDocument slow;
    REQUIRE(slow.parse("\xEF\xBB\xBF" + text).ok());
    for (JsonDocument::Index at = 0; at < slow.node(0).end; ++at) {
      CAPTURE(text);
      REQUIRE(quick.json(at) == slow.json(at));
    }
  }
  CHECK(valid > 5'000);
}

TEST_CASE("strings are written so that every reader reads them back") {
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("a\"b\\c/\b\f\n\r\t\x1F\x7F ä😀") ==
        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u001f\x7F ä😀\"");
  CHECK(json_string(std::string_view("\0", 1)) == "\"\\u0000\"");
  CHECK(json_string("\xC3") == "\"\uFFFD\"");
  CHECK(json_string("a\xFF\xC3\xA4\xED\xA0\x80z") == "\"a\uFFFDä\uFFFD\uFFFD\uFFFDz\"");
}

TEST_CASE("the form of a pointer is checked") {
  for (const std::string_view good : {"", "/", "/a", "/a~0b~1c", "//"}) {
    CHECK(is_json_pointer(good));
  }
  for (const std::string_view bad : {"a", ".a", "/a~", "/~2", "a/b"}) {
    CHECK_FALSE(is_json_pointer(bad));
  }
}

}  // namespace
}  // namespace dogged
