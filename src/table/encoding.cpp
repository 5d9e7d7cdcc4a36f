// SPDX-License-Identifier: MIT
#include "table/encoding.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace dogged {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// windows-1252's own characters, 0x80 to 0x9F; 0: none (WHATWG maps these five to C1 controls,
// which no list of IDs means).
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

// How many bytes from `from` on are ASCII.
std::size_t ascii_run(std::string_view bytes, std::size_t from) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t i = from;
  for (; i + sizeof(std::uint64_t) <= bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    if ((word & kHighBits) != 0) {
      break;
    }
  }
  while (i < bytes.size() && byte_at(bytes, i) < 0x80) {
    ++i;
  }
  return i - from;
}

enum class Sequence { whole, broken, cut_off };

struct Utf8Step {
  Sequence kind;
  std::size_t length;  // broken: of the maximal part that one U+FFFD stands for
};

// The sequence that begins at `from`, which is no ASCII (RFC 3629, section 4).
Utf8Step utf8_step(std::string_view bytes, std::size_t from) {
  const std::uint8_t lead = byte_at(bytes, from);
  if (lead < 0xC2 || lead > 0xF4) {
    return {Sequence::broken, 1};
  }
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (from + i == bytes.size()) {
      return {Sequence::cut_off, i};
    }
    const std::uint8_t b = byte_at(bytes, from + i);
    if (b < low || b > high) {
      return {Sequence::broken, i};
    }
    low = 0x80;
    high = 0xBF;
  }
  return {Sequence::whole, length};
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// UTF-16 without a BOM: text in Latin letters has a zero in every other byte.
std::optional<Encoding> utf16_by_zeros(std::string_view head) {
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < head.size(); ++i) {
    zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  }
  const std::size_t pairs = head.size() / 2;
  const auto many = [&](std::size_t n) { return n > 0 && n * 10 >= pairs * 3; };
  const auto few = [&](std::size_t n) { return n * 50 <= pairs; };
  if (many(zeros[1]) && few(zeros[0])) {
    return Encoding::utf16_le;
  }
  if (many(zeros[0]) && few(zeros[1])) {
    return Encoding::utf16_be;
  }
  return std::nullopt;
}

}  // namespace

std::string_view word(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "UTF-8";
    case Encoding::utf8_bom:
      return "UTF-8 with BOM";
    case Encoding::utf16_le:
      return "UTF-16 LE";
    case Encoding::utf16_be:
      return "UTF-16 BE";
    case Encoding::windows_1252:
      return "windows-1252";
  }
  return "";
}

std::optional<Encoding> encoding_from(std::string_view name) {
  std::string plain = lower_case(name);
  std::erase_if(plain, [](char c) { return c == '-' || c == '_' || c == ' '; });
  struct Spelling {
    std::string_view name;
    Encoding encoding;
  };
  // ISO 8859-1 is read as windows-1252, as browsers do: it differs only in control characters.
  static constexpr std::array<Spelling, 15> kSpellings = {{{"utf8", Encoding::utf8},
                                                           {"ascii", Encoding::utf8},
                                                           {"usascii", Encoding::utf8},
                                                           {"utf8bom", Encoding::utf8_bom},
                                                           {"utf8sig", Encoding::utf8_bom},
                                                           {"utf8withbom", Encoding::utf8_bom},
                                                           {"utf16", Encoding::utf16_le},
                                                           {"utf16le", Encoding::utf16_le},
                                                           {"utf16be", Encoding::utf16_be},
                                                           {"windows1252", Encoding::windows_1252},
                                                           {"cp1252", Encoding::windows_1252},
                                                           {"ansi", Encoding::windows_1252},
                                                           {"iso88591", Encoding::windows_1252},
                                                           {"latin1", Encoding::windows_1252},
                                                           {"l1", Encoding::windows_1252}}};
  const auto* const found = std::find_if(kSpellings.begin(), kSpellings.end(),
                                         [&](const Spelling& s) { return s.name == plain; });
  return found == kSpellings.end() ? std::nullopt : std::optional(found->encoding);
}

Encoding sniff_encoding(std::string_view head, bool whole) {
  if (head.starts_with(kByteOrderMark)) {
    return Encoding::utf8_bom;
  }
  if (head.starts_with("\xFF\xFE")) {
    return Encoding::utf16_le;
  }
  if (head.starts_with("\xFE\xFF")) {
    return Encoding::utf16_be;
  }
  if (const auto utf16 = utf16_by_zeros(head)) {
    return *utf16;
  }
  Utf8Decoder trial(Encoding::utf8);
  std::string ignored;
  trial.decode(head, ignored);
  if (whole) {
    trial.finish(ignored);
  }
  return is_rather_utf8(trial) ? Encoding::utf8 : Encoding::windows_1252;
}

bool is_rather_utf8(const Utf8Decoder& trial) {
  constexpr std::size_t kGoodForEachBroken = 10;
  return trial.replaced() * kGoodForEachBroken <= trial.multibyte();
}

Utf8Decoder::Utf8Decoder(Encoding encoding) : encoding_(encoding) {}

void Utf8Decoder::decode(std::string_view bytes, std::string& out) {
  const std::size_t before = out.size();
  std::string joined;
  if (!pending_.empty()) {
    joined = pending_;
    joined += bytes;
    bytes = joined;
  }
  std::size_t used = 0;
  if (encoding_ == Encoding::windows_1252) {
    used = decode_windows_1252(bytes, out);
  } else if (encoding_ == Encoding::utf16_le || encoding_ == Encoding::utf16_be) {
    used = decode_utf16(bytes, out);
  } else {
    used = decode_utf8(bytes, out);
  }
  pending_ = std::string(bytes.substr(used));
  if (at_start_ && out.size() > before) {
    at_start_ = false;
    if (std::string_view(out).substr(before).starts_with(kByteOrderMark)) {
      out.erase(before, kByteOrderMark.size());
    }
  }
}

void Utf8Decoder::finish(std::string& out) {
  if (encoding_ == Encoding::windows_1252) {
    at_start_ = false;  // what there is can be no mark
    decode({}, out);
  }
  if (!pending_.empty()) {
    replace(out);
    pending_.clear();
  }
}

void Utf8Decoder::replace(std::string& out) {
  out += kReplacement;
  ++replaced_;
}

std::size_t Utf8Decoder::decode_utf8(std::string_view bytes, std::string& out) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::size_t run = ascii_run(bytes, i);
    out.append(bytes, i, run);
    i += run;
    if (i == bytes.size()) {
      break;
    }
    const Utf8Step step = utf8_step(bytes, i);
    if (step.kind == Sequence::cut_off) {
      break;
    }
    if (step.kind == Sequence::whole) {
      out.append(bytes, i, step.length);
      ++multibyte_;
    } else {
      replace(out);
    }
    i += step.length;
  }
  return i;
}

std::size_t Utf8Decoder::decode_utf16(std::string_view bytes, std::string& out) {
  const std::size_t low = encoding_ == Encoding::utf16_le ? 0 : 1;
  const auto unit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(byte_at(bytes, i + low) | byte_at(bytes, i + 1 - low) << 8);
  };
  std::size_t i = 0;
  while (i + 2 <= bytes.size()) {
    const std::uint32_t c = unit(i);
    if (c < 0xD800 || c > 0xDFFF) {
      append_utf8(out, c);
      i += 2;
      continue;
    }
    if (c < 0xDC00 && i + 4 > bytes.size()) {
      break;  // the second half of the pair is still to come
    }
    const std::uint32_t second = c < 0xDC00 ? unit(i + 2) : 0;
    if (second >= 0xDC00 && second <= 0xDFFF) {
      append_utf8(out, 0x10000 + ((c - 0xD800) << 10) + (second - 0xDC00));
      i += 4;
    } else {
      replace(out);
      i += 2;
    }
  }
  return i;
}

// A mark of UTF-8 before such text is a mistake of the program that wrote it: three letters that
// nobody begins a list with, in the name of the first column.
std::size_t Utf8Decoder::decode_windows_1252(std::string_view bytes, std::string& out) {
  if (at_start_ && bytes.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(bytes)) {
    return 0;
  }
  std::size_t i = at_start_ && bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  at_start_ = false;
  while (i < bytes.size()) {
    const std::size_t run = ascii_run(bytes, i);
    out.append(bytes, i, run);
    i += run;
    if (i == bytes.size()) {
      break;
    }
    const std::uint8_t b = byte_at(bytes, i);
    const std::uint32_t c = b < 0xA0 ? kWindows1252[b - 0x80U] : b;
    if (c == 0) {
      replace(out);
    } else {
      append_utf8(out, c);
    }
    ++i;
  }
  return i;
}

}  // namespace dogged
