// SPDX-License-Identifier: MIT
#include "base/json_nodes.h"

#include <cstring>

namespace dogged {
namespace {

// The code unit of the four hexadecimal digits at `at`.
unsigned unit_of(const char* at) {
  unsigned unit = 0;
  for (int i = 0; i < 4; ++i) {
    const auto c = static_cast<unsigned char>(at[i]);
    unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20U) - 'a' + 10);
  }
  return unit;
}

char* put_utf8(char* out, unsigned c) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<char>(0xC0 | c >> 6);
    *out++ = tail(0);
  } else if (c < 0x10000) {
    *out++ = static_cast<char>(0xE0 | c >> 12);
    *out++ = tail(6);
    *out++ = tail(0);
  } else {
    *out++ = static_cast<char>(0xF0 | c >> 18);
    *out++ = tail(12);
    *out++ = tail(6);
    *out++ = tail(0);
  }
  return out;
}

char short_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // stands for itself: a quote, a slash, a backslash
  }
}

// The character whose escape \uXXXX stands at `at`, which goes behind it.
unsigned character_at(const char*& at, const char* end) {
  const unsigned unit = unit_of(at + 2);
  at += 6;
  if (unit < 0xD800 || unit > 0xDFFF) {
    return unit;
  }
  if (unit <= 0xDBFF && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const unsigned low = unit_of(at + 2);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      at += 6;
      return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return 0xFFFD;
}

}  // namespace

std::uint32_t JsonNodes::unescape(char* text, std::uint32_t length) {
  const char* const end = text + length;
  auto* at = static_cast<const char*>(std::memchr(text, '\\', length));
  char* out = text + (at - text);
  while (at != end) {
    if (at[1] == 'u') {
      out = put_utf8(out, character_at(at, end));
    } else {
      *out++ = short_escape(at[1]);
      at += 2;
    }
    const auto left = static_cast<std::size_t>(end - at);
    const auto* next = static_cast<const char*>(std::memchr(at, '\\', left));
    const std::size_t plain = next == nullptr ? left : static_cast<std::size_t>(next - at);
    std::memmove(out, at, plain);
    out += plain;
    at += plain;
  }
  return static_cast<std::uint32_t>(out - text);
}

}  // namespace dogged
