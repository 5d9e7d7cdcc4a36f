// SPDX-License-Identifier: MIT
#include "table/encoding.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace dogged {
namespace {

using std::string_literals::operator""s;

struct Decoded {
  std::string text;
  std::size_t replaced;
};

Decoded decoded(Encoding encoding, std::string_view bytes, std::size_t piece = 0) {
  Utf8Decoder decoder(encoding);
  std::string out;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, piece == 0 ? bytes.size() : piece);
    decoder.decode(part, out);
    bytes.remove_prefix(part.size());
  }
  decoder.finish(out);
  return {out, decoder.replaced()};
}

TEST_CASE("bytes become UTF-8, in pieces of any size") {
  struct Case {
    Encoding encoding;
    std::string bytes;
    std::string text;
    std::size_t replaced;
  };
  const Case cases[] = {
      {Encoding::utf8, "", "", 0},
      {Encoding::utf8, "plain text, longer than a machine word",
       "plain text, longer than a machine word", 0},
      {Encoding::utf8, "äö€😀", "äö€😀", 0},
      {Encoding::utf8, "\xEF\xBB\xBFid", "id", 0},
      {Encoding::utf8_bom, "\xEF\xBB\xBFid\xEF\xBB\xBF", "id\uFEFF", 0},
      {Encoding::utf8,
       "a\xFF"
       "b",
       "a\uFFFDb", 1},
      {Encoding::utf8, "\xC0\xAF", "\uFFFD\uFFFD", 2},
      {Encoding::utf8, "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", 3},
      {Encoding::utf8,
       "\xE2\x82"
       "a",
       "\uFFFDa", 1},
      {Encoding::utf8, "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD", 4},
      {Encoding::utf8, "a\xE2\x82", "a\uFFFD", 1},
      {Encoding::utf16_le,
       "\xFF\xFE"
       "i\0d\0\xE4\0"s,
       "idä", 0},
      {Encoding::utf16_le, "\x3D\xD8\x00\xDE"s, "😀", 0},
      {Encoding::utf16_be, "\xFE\xFF\0i\0d\x20\xAC"s, "id€", 0},
      {Encoding::utf16_be, "\xD8\x3D\xDE\x00"s, "😀", 0},
      {Encoding::utf16_le,
       "\x00\xDE"
       "a\0"s,
       "\uFFFDa", 1},
      {Encoding::utf16_le,
       "\x3D\xD8"
       "a\0"s,
       "\uFFFDa", 1},
      {Encoding::utf16_le, "a\0b"s, "a\uFFFD", 1},
      {Encoding::windows_1252, "\xE4\x80\x9F\xFF", "ä€Ÿÿ", 0},
      {Encoding::windows_1252, "a\x81z", "a\uFFFDz", 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    for (const std::size_t piece : {0, 1, 2, 3}) {
      CAPTURE(piece);
      const Decoded result = decoded(c.encoding, c.bytes, piece);
      CHECK(result.text == c.text);
      CHECK(result.replaced == c.replaced);
    }
  }
}

TEST_CASE("a mark of UTF-8 is dropped before windows-1252 too, a part of one is text") {
  for (const std::size_t piece : {0U, 1U, 2U, 3U, 4U}) {
    CAPTURE(piece);
    CHECK(decoded(Encoding::windows_1252, "\xEF\xBB\xBFN\xE4m", piece).text == "Näm");
    CHECK(decoded(Encoding::windows_1252, "\xEF\xBB\xBF", piece).text.empty());
    CHECK(decoded(Encoding::windows_1252, "\xEF\xBB", piece).text == "ï»");
    CHECK(decoded(Encoding::windows_1252, "\xEFx\xEF\xBB\xBF", piece).text == "ïxï»¿");
    CHECK(decoded(Encoding::windows_1252, "", piece).text.empty());
  }
}

TEST_CASE("the encoding shows in the first bytes") {
  struct Case {
    std::string head;
    bool whole;
    Encoding encoding;
  };
  const Case cases[] = {
      {"", true, Encoding::utf8},
      {"id,name\n1,x\n", true, Encoding::utf8},
      {"id,ä\n", true, Encoding::utf8},
      {"\xEF\xBB\xBFid", true, Encoding::utf8_bom},
      {"\xFF\xFEi\0"s, true, Encoding::utf16_le},
      {"\xFE\xFF\0i"s, true, Encoding::utf16_be},
      {"i\0d\0\n\0\x31\0"s, true, Encoding::utf16_le},
      {"\0i\0d\0\n\0\x31"s, true, Encoding::utf16_be},
      {"id,\xE4\n", true, Encoding::windows_1252},
      {"id,\xC3", true, Encoding::windows_1252},
      {"id,\xC3", false, Encoding::utf8},  // a character cut in two
      {"ääääääääää\xFF", true, Encoding::utf8},
      {"ä\xE4", true, Encoding::windows_1252},
  };
  for (const Case& c : cases) {
    CAPTURE(c.head);
    CHECK(sniff_encoding(c.head, c.whole) == c.encoding);
  }
}

TEST_CASE("encodings are known by their usual spellings") {
  CHECK(encoding_from("UTF-8") == Encoding::utf8);
  CHECK(encoding_from("utf8") == Encoding::utf8);
  CHECK(encoding_from("utf-8-sig") == Encoding::utf8_bom);
  CHECK(encoding_from("utf-16le") == Encoding::utf16_le);
  CHECK(encoding_from("UTF_16BE") == Encoding::utf16_be);
  CHECK(encoding_from("Windows-1252") == Encoding::windows_1252);
  CHECK(encoding_from("cp1252") == Encoding::windows_1252);
  CHECK(encoding_from("ISO-8859-1") == Encoding::windows_1252);
  CHECK_FALSE(encoding_from("ebcdic"));
  for (const Encoding e : {Encoding::utf8, Encoding::utf8_bom, Encoding::utf16_le,
                           Encoding::utf16_be, Encoding::windows_1252}) {
    CHECK(encoding_from(word(e)) == e);
  }
}

}  // namespace
}  // namespace dogged
