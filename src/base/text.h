// SPDX-License-Identifier: MIT
// Text as people and terminals meet it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

// Whether `bytes` are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

// `text` with everything that could steer a terminal (C0 and C1 controls, DEL, bidi overrides,
// invalid UTF-8) written as \xNN or \u{NNNN}; cut to `limit` characters with "..." behind.
std::string printable(std::string_view text, std::size_t limit = 200);

// The same for text of several lines: line ends and tabs stay, and nothing is cut.
std::string printable_text(std::string_view text);

// The same for JSON text, whose value stays: such characters stand as \uNNNN, which JSON itself
// wants of C0 alone. (Bare ones of C0 are the space between values.) Invalid UTF-8, which is no
// JSON, becomes U+FFFD.
std::string printable_json(std::string json);

// 17379 -> "17,379".
std::string with_thousands(std::int64_t n);

// The entry of `candidates` nearest to `word` by edit distance, or empty where none is near.
template <typename Range>
std::string nearest(std::string_view word, const Range& candidates);

std::size_t edit_distance(std::string_view a, std::string_view b);

std::string_view trimmed(std::string_view text);                    // ASCII white space
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string lower_case(std::string_view text);                      // ASCII

template <typename Range>
std::string nearest(std::string_view word, const Range& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 3 + 2;
  for (const auto& candidate : candidates) {
    const std::size_t d = edit_distance(word, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace dogged
