// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Writes one JSON object, compact, members in the order of the calls. Times are ISO 8601 in UTC. A
// value.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& text_or_null(std::string_view name, std::string_view value);  // null where empty
  JsonObject& number(std::string_view name, std::int64_t value);
  JsonObject& boolean(std::string_view name, bool value);
  JsonObject& time(std::string_view name, const std::optional<WallTime>& value);
  JsonObject& json(std::string_view name, std::string_view json);  // JSON text as it is
  std::string str() const { return members_ + "}"; }

 private:
  void name(std::string_view name);
  std::string members_ = "{";
};

// The same for an array of JSON texts.
class JsonArray {
 public:
  void add(std::string_view json);
  std::string str() const { return elements_ + "]"; }

 private:
  std::string elements_ = "[";
};

}  // namespace dogged
