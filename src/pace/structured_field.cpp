// SPDX-License-Identifier: MIT
#include "pace/structured_field.h"

#include "base/text.h"

#include <charconv>
#include <cstddef>

namespace dogged {

std::string_view take_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (quoted && c == '\\') {
      ++end;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      break;
    }
  }
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end < rest.size() ? end + 1 : rest.size());
  return trimmed(part);
}

Parameter split_parameter(std::string_view part) {
  const std::size_t equals = part.starts_with('"') ? std::string_view::npos : part.find('=');
  if (equals == std::string_view::npos) {
    return {part, {}};
  }
  return {trimmed(part.substr(0, equals)), trimmed(part.substr(equals + 1))};
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

std::optional<double> parse_decimal(std::string_view text) {
  const std::string_view digits = trimmed(unquoted(text));
  if (digits.empty() || digits.front() < '0' || digits.front() > '9') {
    return std::nullopt;  // also "inf" and "nan", which from_chars knows
  }
  const char* const end = digits.data() + digits.size();
  double value = 0;
  const auto read = std::from_chars(digits.data(), end, value, std::chars_format::fixed);
  if (read.ec != std::errc() || read.ptr != end) {
    return std::nullopt;
  }
  return value;
}

}  // namespace dogged
