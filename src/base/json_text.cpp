// SPDX-License-Identifier: MIT
#include "base/json_document.h"
#include "base/json_syntax.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dogged {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The length of the JSON number at `at`, or 0 where it is none.
std::size_t number_length(std::string_view text, std::size_t at) {
  const auto peek = [&](std::size_t i) { return i < text.size() ? text[i] : '\0'; };
  const auto digits = [&](std::size_t i) {
    while (is_digit(peek(i))) {
      ++i;
    }
    return i;
  };
  std::size_t i = at + (peek(at) == '-' ? 1 : 0);
  if (!is_digit(peek(i))) {
    return 0;
  }
  i = peek(i) == '0' ? i + 1 : digits(i);
  if (peek(i) == '.') {
    if (!is_digit(peek(i + 1))) {
      return 0;
    }
    i = digits(i + 1);
  }
  if (peek(i) == 'e' || peek(i) == 'E') {
    const std::size_t sign = peek(i + 1) == '+' || peek(i + 1) == '-' ? 1 : 0;
    if (!is_digit(peek(i + 1 + sign))) {
      return 0;
    }
    i = digits(i + 1 + sign);
  }
  return i - at;
}

// Whether the whole number at `at` is of a form that may be beyond a double.
bool may_be_too_big(std::string_view text, std::size_t at, std::size_t length) {
  constexpr std::string_view kPartOfNumber = "+-.0123456789Ee";
  const std::string_view number = text.substr(at, length);
  const std::string_view next = text.substr(at + length, 1);
  return (length >= 300 || number.find_first_of("eE") != std::string_view::npos) &&
         (next.empty() || kPartOfNumber.find(next) == std::string_view::npos);
}

// The code unit of the escape \uXXXX at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') {
    return -1;
  }
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = text[i];
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      unit = unit * 16 + (c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return unit;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// Writes the escape for a character that may not stand bare in a JSON string.
void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

// Where `text`, at a quote, has the end of that string: behind its closing quote, or npos.
std::size_t behind_string(std::string_view text, std::size_t at) {
  ++at;
  while ((at = text.find_first_of("\"\\", at)) != std::string_view::npos) {
    if (text[at] == '"') {
      return at + 1;
    }
    at += 2;
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(at + 1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // no surrogates
    const unsigned second = byte(at + 1);
    return second >= low && second <= high && continues(at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;  // nothing above U+10FFFF
    const unsigned second = byte(at + 1);
    return second >= low && second <= high && continues(at + 2) && continues(at + 3) ? 4 : 0;
  }
  return 0;
}

std::size_t utf8_fault(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = character_length(text, at);
    if (length == 0) {
      return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

void mend_surrogates(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find('\\', at)) != std::string::npos) {
    const int unit = escaped_unit(text, at);
    if (unit < 0) {
      at += 2;
    } else if (is_high_surrogate(unit) && is_low_surrogate(escaped_unit(text, at + 6))) {
      at += 12;
    } else {
      if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
        text.replace(at, 6, "\\ufffd");
      }
      at += 6;
    }
  }
}

void tame_numbers(std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = behind_string(text, at);
      continue;
    }
    const std::size_t length = number_length(text, at);
    if (may_be_too_big(text, at, length)) {
      const std::size_t digits = at + (text[at] == '-' ? 1 : 0);
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(digits),
                text.begin() + static_cast<std::ptrdiff_t>(at + length), '0');
      text[digits + 1] = '.';
    }
    at += std::max<std::size_t>(length, 1);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    const std::size_t length = c < 0x80 ? 0 : character_length(text, at);
    if (length > 0) {
      at += length;
      continue;
    }
    out.append(text, done, at - done);
    if (c < 0x80) {
      append_escape(out, c);
    } else {
      out += kReplacement;
    }
    done = ++at;
  }
  out.append(text, done);
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

bool is_json_pointer(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') {
    return false;
  }
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '~' && pointer.substr(i + 1, 1) != "0" && pointer.substr(i + 1, 1) != "1") {
      return false;
    }
  }
  return true;
}

}  // namespace dogged
