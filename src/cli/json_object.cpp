// SPDX-License-Identifier: MIT
#include "cli/json_object.h"

#include "base/json_document.h"
#include "base/text.h"
#include "base/units.h"

#include <fmt/format.h>

namespace dogged {

void JsonObject::name(std::string_view name) {
  if (text_.size() > 1) {
    text_ += ',';
  }
  append_json_string(text_, name);
  text_ += ':';
}

JsonObject& JsonObject::text(std::string_view member, std::string_view value) {
  name(member);
  append_json_string(text_, value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view member, std::int64_t value) {
  name(member);
  text_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view member, double value) {
  name(member);
  text_ += fmt::format("{:.3f}", value);
  return *this;
}

JsonObject& JsonObject::truth(std::string_view member, bool value) {
  name(member);
  text_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::time(std::string_view member, std::optional<WallTime> value) {
  return value ? text(member, iso_time(*value)) : raw(member, "null");
}

JsonObject& JsonObject::raw(std::string_view member, std::string_view json) {
  name(member);
  text_ += json;
  return *this;
}

std::string JsonObject::str() const {
  return printable_json(text_ + "}");
}

}  // namespace dogged
