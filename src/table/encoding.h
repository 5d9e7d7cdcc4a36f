// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

enum class Encoding { utf8, utf8_bom, utf16_le, utf16_be, windows_1252 };
std::string_view word(Encoding encoding);                      // "UTF-8", "UTF-8 with BOM", ...
std::optional<Encoding> encoding_from(std::string_view name);  // --encoding; any usual spelling

// What the first bytes of a file look like: by BOM, by zero bytes (UTF-16), by being UTF-8, else
// windows-1252. `whole`: `head` is the whole file (else a character may be cut at its end).
// Some broken bytes among many well-formed characters do not make UTF-8 something else: taking such
// a file for windows-1252 would spoil every character to save those few.
Encoding sniff_encoding(std::string_view head, bool whole);

// Turns bytes that come in pieces into UTF-8. Bytes that mean nothing in the encoding become U+FFFD
// and are counted. One thread.
class Utf8Decoder {
 public:
  explicit Utf8Decoder(Encoding encoding);
  void decode(std::string_view bytes, std::string& out);  // appends; drops the BOM
  void finish(std::string& out);                          // a character cut off at the end
  std::size_t replaced() const { return replaced_; }
  std::size_t multibyte() const { return multibyte_; }  // well-formed UTF-8 beyond ASCII so far

 private:
  // These leave what is cut off at the end, and give how much they read.
  std::size_t decode_utf8(std::string_view bytes, std::string& out);
  std::size_t decode_utf16(std::string_view bytes, std::string& out);
  std::size_t decode_windows_1252(std::string_view bytes, std::string& out);
  void replace(std::string& out);

  const Encoding encoding_;
  std::string pending_;
  bool at_start_ = true;
  std::size_t replaced_ = 0;
  std::size_t multibyte_ = 0;
};

// Whether what `trial` (of UTF-8) has read so far is UTF-8, perhaps with a few broken bytes in it.
bool is_rather_utf8(const Utf8Decoder& trial);

}  // namespace dogged
