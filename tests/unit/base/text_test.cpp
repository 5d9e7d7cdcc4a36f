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
  };
  for (const auto& c : cases) {
    CAPTURE(c.bytes);
    CHECK(is_utf8(c.bytes) == c.good);
  }
}

TEST_CASE("what steers a terminal is made harmless") {
  CHECK(printable("plain \xC3\xA4") == "plain \xC3\xA4");
  CHECK(printable("\x1B[31mred") == "\\x1B[31mred");
  CHECK(printable("a\r\nb\x7F") == "a\\x0D\\x0Ab\\x7F");
  CHECK(printable("\xC2\x9B") == "\\u{009B}");
  CHECK(printable("\xE2\x80\xAE") == "\\u{202E}");
  CHECK(printable("\xFF") == "\\xFF");
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
}

TEST_CASE("white space is trimmed at both ends only") {
  CHECK(trimmed(" a b \r\n") == "a b");
  CHECK(trimmed(" \t").empty());
}
