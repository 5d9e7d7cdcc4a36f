// SPDX-License-Identifier: MIT
// The parser behind JsonDocument and json_fault. Not for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{1} << 31;  // positions fit 32 bits

// What a JSON text holds, in document order. Offsets are into the buffer that was given to
// parse_json.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void restart() = 0;  // forget what came so far; it comes again
  virtual void null() = 0;
  virtual void boolean(bool truth) = 0;
  virtual void number(std::uint32_t offset, std::uint32_t length) = 0;
  virtual void string(std::uint32_t offset, std::uint32_t length) = 0;  // a value or a name
  virtual void begin(bool object) = 0;
  virtual void end(std::uint32_t count) = 0;  // elements or members
};

// Parses `text` to its last byte. `buffer` becomes a copy of it in which strings are unescaped
// where they stand. Empty when it is valid JSON, else what is wrong and at which byte.
std::string parse_json(std::string_view text, std::string& buffer, JsonEvents& events);

// The length of the well-formed UTF-8 character (RFC 3629) at `at`, or 0.
std::size_t character_length(std::string_view text, std::size_t at);
// Where the first byte stands that is not part of well-formed UTF-8, or npos.
std::size_t utf8_fault(std::string_view text);

// RapidJSON refuses or garbles two things that RFC 8259 allows; these make them pass without
// changing a length. Text that is no JSON stays no JSON. Halves of surrogate pairs (\ud83d alone)
// become \ufffd.
void mend_surrogates(std::string& text);
// Numbers beyond a double (1e400) become numbers of as many characters that a double carries.
void tame_numbers(std::string& text);

}  // namespace dogged
