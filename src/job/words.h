// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace dogged {

// One value of an enum and the word it is stored and shown as.
template <typename Enum>
struct Word {
  Enum value;
  std::string_view text;
};

template <typename Enum, std::size_t N>
constexpr std::string_view word_of(const Word<Enum> (&words)[N], Enum value) {
  for (const Word<Enum>& entry : words) {
    if (entry.value == value) {
      return entry.text;
    }
  }
  return "unknown";
}

template <typename Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const Word<Enum> (&words)[N], std::string_view text) {
  for (const Word<Enum>& entry : words) {
    if (entry.text == text) {
      return entry.value;
    }
  }
  return std::nullopt;
}

}  // namespace dogged
