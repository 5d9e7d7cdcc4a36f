// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dogged {

// Takes the chunked transfer coding (RFC 9112, section 7.1) apart as bytes arrive. Strict, because
// cpp-httplib's own reader takes a chunk that does not end where it said for the end of the body.
// Pure; a value.
class ChunkScanner {
 public:
  enum class Step { data, more, end, malformed };
  struct Found {
    Step step;
    std::size_t skip = 0;  // bytes of framing at the front, done with
    std::size_t data = 0;  // with Step::data: so many bytes of the body follow them, at least one
  };
  // `bytes`: what has arrived and was not yet skipped or taken. `more`: call again with the same
  // bytes (less `skip`) and others behind. A line of the framing never needs more than
  // kMaxLineBytes.
  Found next(std::string_view bytes);

  static constexpr std::size_t kMaxLineBytes = 4 << 10;
  static constexpr std::size_t kMaxTrailerBytes = 16 << 10;

 private:
  enum class State { size, data, data_end, trailer };
  // Handles one line of framing (without its CRLF); false where it is wrong.
  bool take_line(std::string_view line, bool& ended);

  State state_ = State::size;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t trailer_bytes_ = 0;
};

}  // namespace dogged
