// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dogged;  // NOLINT(google-build-using-namespace)

TEST_CASE("well-formed UTF-8 is told from the rest") {
  const struct {
    std::string bytes;
    bool good;
  } cases[] = {
      {"", true},
      {"plain", true},
      {"\xC3\xA4iti", true},
      {"\xE2\x82\xAC", true},
      {"\xF0\x9F\x98\x80", true},
      {std::string("a\0b", 3), true},
      {"\xC3", false},              // cut off
      {"\xC0\xAF", false},          // overlong
      {"\xE0\x80\x80", false},      // overlong
      {"\xED\xA0\x80", false},      // a surrogate
      {"\xF4\x90\x80\x80", false},  // past U+10FFFF
      {"\x80", false},
      {"a\xFFz", false},
      {std::string(40, 'a') + "\xC3\xA4" + std::string(40, 'b'), true},
      {std::string(70, 'a') + "\xFF", false},
      {std::string(33, 'a') + "\xC3" + std::string(40, 'b'), false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    CHECK(is_utf8(c.bytes) == c.good);
  }
}

TEST_CASE("what steers a terminal is made harmless, on a line, in a text and in JSON") {
  const struct {
    std::string_view given, line, text, json;
  } cases[] = {
      {"", "", "", ""},
      {"plain \xC3\xA4", "plain \xC3\xA4", "plain \xC3\xA4", "plain \xC3\xA4"},
      {"\x1B[31mred", "\\x1B[31mred", "\\x1B[31mred", " [31mred"},  // bare C0 is no JSON
      {"a\nb\tc", "a\\x0Ab\\x09c", "a\nb\tc", "a b c"},
      {"a\r\nb", "a\\x0D\\x0Ab", "a\r\nb", "a  b"},
      {"a\rb\r", "a\\x0Db\\x0D", "a\\x0Db\\x0D", "a b "},  // would write over the line
      {"\a\b\v\f", "\\x07\\x08\\x0B\\x0C", "\\x07\\x08\\x0B\\x0C", "    "},
      {std::string_view("a\0b", 3), "a\\x00b", "a\\x00b", "a b"},
      {"\x7F", "\\x7F", "\\x7F", "\\u007f"},
      {"\xC2\x80", "\\u{0080}", "\\u{0080}", "\\u0080"},
      {"\xC2\x9B"
       "2J",
       "\\u{009B}2J", "\\u{009B}2J", "\\u009b2J"},  // CSI in one character
      {"\xC2\x9F", "\\u{009F}", "\\u{009F}", "\\u009f"},
      {"\xC2\xA0", "\xC2\xA0", "\xC2\xA0", "\xC2\xA0"},  // the first behind C1
      {"\xD8\x9C", "\\u{061C}", "\\u{061C}", "\\u061c"},
      {"\xE2\x80\x8F", "\\u{200F}", "\\u{200F}", "\\u200f"},
      {"\xE2\x80\xA8", "\\u{2028}", "\\u{2028}", "\\u2028"},
      {"\xE2\x80\xAA", "\\u{202A}", "\\u{202A}", "\\u202a"},
      {"\xE2\x80\xAE", "\\u{202E}", "\\u{202E}", "\\u202e"},
      {"\xE2\x80\xAF", "\xE2\x80\xAF", "\xE2\x80\xAF", "\xE2\x80\xAF"},
      {"\xE2\x81\xA6", "\\u{2066}", "\\u{2066}", "\\u2066"},
      {"\xE2\x81\xA9", "\\u{2069}", "\\u{2069}", "\\u2069"},
      {"\xE2\x81\xAA", "\xE2\x81\xAA", "\xE2\x81\xAA", "\xE2\x81\xAA"},
      {"\xEF\xBB\xBF", "\\u{FEFF}", "\\u{FEFF}", "\\ufeff"},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"\xFF", "\\xFF", "\\xFF", "\\ufffd"},
      {"\x9B"
       "2J",
       "\\x9B2J", "\\x9B2J", "\\ufffd2J"},  // CSI of a terminal that is not in UTF-8
      {"cut \xE2\x82", "cut \\xE2\\x82", "cut \\xE2\\x82", "cut \\ufffd\\ufffd"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.given);
    CHECK(printable(c.given) == c.line);
    CHECK(printable_text(c.given) == c.text);
    CHECK(printable_json(std::string(c.given)) == c.json);
    CHECK(printable(c.line) == c.line);  // what was made harmless stays as it is
    CHECK(printable_json(std::string(c.json)) == c.json);
  }
}

TEST_CASE("long text is cut by characters, not in the middle of one") {
  CHECK(printable("\xC3\xA4\xC3\xB6\xC3\xBC", 2) == "\xC3\xA4\xC3\xB6...");
  CHECK(printable("ab", 2) == "ab");
}

TEST_CASE("numbers have their thousands apart") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(17379) == "17,379");
  CHECK(with_thousands(-1234567) == "-1,234,567");
}

TEST_CASE("the nearest word is found, a far one is not") {
  const std::vector<std::string> words{"--url", "--rate", "--max-attempts"};
  CHECK(nearest("--ulr", words) == "--url");
  CHECK(nearest("--max-atempts", words) == "--max-attempts");
  CHECK(nearest("--somethingelse", words).empty());
  const std::vector<std::string> alike = {"--force", "--source", "--forte"};
  CHECK(nearest("--sorce", alike) == "--source");
  CHECK(nearest("--forde", alike) == "--force");
}

TEST_CASE("white space is trimmed at both ends only") {
  CHECK(trimmed(" a b \r\n") == "a b");
  CHECK(trimmed(" \t").empty());
}
