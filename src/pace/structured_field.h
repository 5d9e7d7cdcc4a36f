// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace dogged {

// The part of `rest` up to the next `separator` outside of quoted strings, trimmed; `rest` keeps
// what is behind it. For lists (,) and parameters (;) of structured fields (RFC 9651) as servers
// write them: white space anywhere, quotes left open at the end.
std::string_view take_part(std::string_view& rest, char separator);

// "w=60" -> {"w", "60"}; without an equals sign the value is empty. A quoted string is no
// parameter: all of it is the key.
struct Parameter {
  std::string_view key;
  std::string_view value;
};
Parameter split_parameter(std::string_view part);

// Without its quotes, where it has them. Escapes stay as they are.
std::string_view unquoted(std::string_view text);

// A decimal number, 0 or more, nothing behind it; in quotes too. No exponents, no signs.
std::optional<double> parse_decimal(std::string_view text);

}  // namespace dogged
