// SPDX-License-Identifier: MIT
#include "cli/setting_text.h"

#include <charconv>

namespace dogged {

std::optional<WallTime> time_from_ms(std::string_view ms) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(ms.data(), ms.data() + ms.size(), value);
  if (error != std::errc() || end != ms.data() + ms.size() || value <= 0) {
    return std::nullopt;
  }
  return from_ms(value);
}

std::string text_at(const JsonDocument& document, std::string_view pointer) {
  const auto found = document.find(pointer);
  if (!found) {
    return "";
  }
  const JsonDocument::Type type = document.node(*found).type;
  return type == JsonDocument::Type::string || type == JsonDocument::Type::number
             ? std::string(document.text(*found))
             : "";
}

}  // namespace dogged
