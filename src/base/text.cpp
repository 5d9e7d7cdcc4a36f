// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

namespace dogged {

namespace {

// The code point that begins at `i` and how many bytes it takes; length 0 where the bytes are not
// UTF-8. The table of well-formed sequences is Unicode 15, table 3-7.
struct CodePoint {
  char32_t value;
  std::size_t length;
};

bool is_tail(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

CodePoint code_point_at(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) -> unsigned char {
    return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0;
  };
  const unsigned char b0 = byte(0), b1 = byte(1), b2 = byte(2), b3 = byte(3);
  if (b0 < 0x80) {
    return {b0, 1};
  }
  if (b0 >= 0xC2 && b0 <= 0xDF && is_tail(b1)) {
    return {static_cast<char32_t>((b0 & 0x1F) << 6 | (b1 & 0x3F)), 2};
  }
  if ((b0 & 0xF0) == 0xE0 && is_tail(b1) && is_tail(b2)) {
    const auto value = static_cast<char32_t>((b0 & 0x0F) << 12 | (b1 & 0x3F) << 6 | (b2 & 0x3F));
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return {value, value >= 0x800 && !surrogate ? 3U : 0U};
  }
  if (b0 >= 0xF0 && b0 <= 0xF4 && is_tail(b1) && is_tail(b2) && is_tail(b3)) {
    const auto value = static_cast<char32_t>((b0 & 0x07) << 18 | (b1 & 0x3F) << 12 |
                                             (b2 & 0x3F) << 6 | (b3 & 0x3F));
    return {value, value >= 0x10000 && value <= 0x10FFFF ? 4U : 0U};
  }
  return {0, 0};
}

// Characters that steer a terminal or turn text around: C0, DEL, C1, and the bidirectional controls
// of Unicode Standard Annex 9.
bool steers(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_printable(std::string& out, std::string_view text, std::size_t at, const CodePoint& c) {
  if (c.length == 0) {
    out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[at]));
  } else if (!steers(c.value)) {
    out += text.substr(at, c.length);
  } else if (c.value < 0x80) {
    out += fmt::format("\\x{:02X}", static_cast<unsigned>(c.value));
  } else {
    out += fmt::format("\\u{{{:04X}}}", static_cast<unsigned>(c.value));
  }
}

// Where the plain ASCII that begins at `i` ends, or a few bytes before.
std::size_t behind_ascii(std::string_view s, std::size_t i) {
  constexpr std::uint64_t kBeyond = 0x8080808080808080U;
  std::array<std::uint64_t, 4> words{};
  while (s.size() - i >= sizeof words) {
    std::memcpy(words.data(), s.data() + i, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & kBeyond) != 0) {
      break;
    }
    i += sizeof words;
  }
  return i;
}

// What stands in any line as it is, one byte a character.
bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7F;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    // Plain ASCII, the usual case, without the table.
    if (static_cast<unsigned char>(bytes[i]) < 0x80) {
      i = behind_ascii(bytes, i + 1);
      continue;
    }
    const CodePoint c = code_point_at(bytes, i);
    if (c.length == 0) {
      return false;
    }
    i += c.length;
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  if (text.size() <= limit && std::all_of(text.begin(), text.end(), is_plain)) {
    return std::string(text);
  }
  std::string out;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++characters) {
    if (characters == limit) {
      out += "...";
      return out;
    }
    const CodePoint c = code_point_at(text, i);
    append_printable(out, text, i, c);
    i += std::max<std::size_t>(c.length, 1);
  }
  return out;
}

std::string printable_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool line_end = text.substr(i, 2) == "\r\n";
    if (line_end || text[i] == '\n' || text[i] == '\t') {
      out += text[i++];
      continue;
    }
    const CodePoint c = code_point_at(text, i);
    append_printable(out, text, i, c);
    i += std::max<std::size_t>(c.length, 1);
  }
  return out;
}

std::string printable_json(std::string json) {
  if (std::all_of(json.begin(), json.end(), is_plain)) {
    return json;
  }
  std::string out;
  for (std::size_t i = 0; i < json.size();) {
    const CodePoint c = code_point_at(json, i);
    if (c.length == 1 && c.value < 0x20) {
      out += ' ';
    } else if (c.length == 0 || steers(c.value)) {
      out += fmt::format("\\u{:04x}", c.length == 0 ? 0xFFFDU : static_cast<unsigned>(c.value));
    } else {
      out += json.substr(i, c.length);
    }
    i += std::max<std::size_t>(c.length, 1);
  }
  return out;
}

std::string with_thousands(std::int64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - i;
    if (i > 0 && digits[i - 1] != '-' && left % 3 == 0) {
      out += ',';
    }
    out += digits[i];
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

}  // namespace dogged
