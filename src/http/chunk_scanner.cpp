// SPDX-License-Identifier: MIT
#include "http/chunk_scanner.h"

#include <algorithm>
#include <optional>

namespace dogged {

namespace {

std::optional<std::uint64_t> parse_size(std::string_view line) {
  constexpr std::size_t kMaxDigits = 15;
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    unsigned value = 0;
    if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      value = static_cast<unsigned>(c - 'A') + 10;
    } else {
      break;
    }
    size = size * 16 + value;
  }
  const std::size_t rest = line.find_first_not_of(" \t", digits);
  const bool fits =
      digits > 0 && digits <= kMaxDigits && (rest == std::string_view::npos || line[rest] == ';');
  return fits ? std::optional(size) : std::nullopt;
}

}  // namespace

bool ChunkScanner::take_line(std::string_view line, bool& ended) {
  switch (state_) {
    case State::size: {
      const auto size = parse_size(line);
      left_ = size.value_or(0);
      state_ = left_ > 0 ? State::data : State::trailer;
      return size.has_value();
    }
    case State::data_end:
      state_ = State::size;
      return line.empty();
    case State::trailer:
      trailer_bytes_ += line.size();
      ended = line.empty();
      return trailer_bytes_ <= kMaxTrailerBytes;
    case State::data:
      break;
  }
  return false;
}

ChunkScanner::Found ChunkScanner::next(std::string_view bytes) {
  std::size_t skip = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(skip);
    if (state_ == State::data) {
      if (rest.empty()) {
        return {Step::more, skip};
      }
      const auto data = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      left_ -= data;
      state_ = left_ > 0 ? State::data : State::data_end;
      return {Step::data, skip, data};
    }
    const std::size_t end = rest.find('\n');
    // After a chunk nothing but CRLF can stand; no use in waiting for a line of something else.
    const bool cannot_be = state_ == State::data_end && !rest.empty() && rest[0] != '\r';
    if (cannot_be || std::min(end, rest.size()) > kMaxLineBytes) {
      return {Step::malformed, skip};
    }
    if (end == std::string_view::npos) {
      return {Step::more, skip};
    }
    bool ended = false;
    if (end == 0 || rest[end - 1] != '\r' || !take_line(rest.substr(0, end - 1), ended)) {
      return {Step::malformed, skip};
    }
    skip += end + 1;
    if (ended) {
      return {Step::end, skip};
    }
  }
}

}  // namespace dogged
