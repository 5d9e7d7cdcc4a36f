// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Writes a JSON object member by member, in the order of the calls.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::int64_t value);
  JsonObject& number(std::string_view name, double value);  // with three decimals
  JsonObject& truth(std::string_view name, bool value);
  JsonObject& time(std::string_view name, std::optional<WallTime> value);  // ISO 8601, or null
  JsonObject& raw(std::string_view name, std::string_view json);           // JSON as it is
  std::string str() const;  // with nothing in it that steers a terminal

 private:
  void name(std::string_view name);
  std::string text_ = "{";
};

}  // namespace dogged
