// SPDX-License-Identifier: MIT
// Text as people and terminals meet it.
#pragma once

#include <algorithm>
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

// The entry of `candidates` nearest to `word` by edit distance, or empty where none is near. Of
// equally near ones the first that begins as `word` does, dashes aside: few mistype the first
// letter.
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
  const auto begins_alike = [word](std::string_view other) {
    const auto first = [](std::string_view text) {
      return text.substr(std::min(text.find_first_not_of('-'), text.size())).substr(0, 1);
    };
    return first(word) == first(other);
  };
  for (const auto& candidate : candidates) {
    const std::size_t d = edit_distance(word, candidate);
    const bool better_begun =
        !best.empty() && d == best_distance && !begins_alike(best) && begins_alike(candidate);
    if (d < best_distance || better_begun) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace dogged
