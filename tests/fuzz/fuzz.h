// SPDX-License-Identifier: MIT
// What the fuzz targets share. A target is one function, one_input(); libFuzzer calls it with
// inputs of its own making, replay_main.cpp with those of the corpus.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dogged::fuzz {

// Tries one input. Ends the program where a property does not hold.
void one_input(std::string_view input);

// Says which property does not hold, and on what, and aborts: libFuzzer then keeps the input.
[[noreturn]] void broken(std::string_view property, std::string_view on);

inline void require(bool holds, std::string_view property, std::string_view on = {}) {
  if (!holds) {
    broken(property, on);
  }
}

// The parts of an input, from its beginning. Past the end they are 0 and empty. A value.
class Parts {
 public:
  explicit Parts(std::string_view input) : rest_(input) {}

  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::string_view take(std::size_t size) {
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(part.size());
    return part;
  }
  // Up to the next `end`, which is dropped.
  std::string_view until(char end) {
    const std::string_view part = take(std::min(rest_.find(end), rest_.size()));
    (void)take(1);
    return part;
  }
  std::string_view line() { return until('\n'); }
  std::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Hands `text` to `take` in pieces of 1 to `most` bytes, as many of them small as large. The same
// `seed` cuts alike.
template <typename Take>
void in_pieces(std::string_view text, std::uint64_t seed, std::size_t most, const Take& take) {
  std::uint64_t random = seed * 0x9E3779B97F4A7C15U + 1;
  while (!text.empty()) {
    random ^= random << 13U;
    random ^= random >> 7U;
    random ^= random << 17U;
    const std::size_t bound = (random & 1U) != 0 ? std::min<std::size_t>(most, 3) : most;
    const std::string_view piece = text.substr(0, 1 + (random >> 8U) % bound);
    text.remove_prefix(piece.size());
    take(piece);
  }
}

}  // namespace dogged::fuzz
