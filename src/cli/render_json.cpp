// SPDX-License-Identifier: MIT
#include "cli/render_json.h"

#include "base/json_document.h"
#include "base/units.h"

namespace dogged {

void JsonObject::name(std::string_view name) {
  if (members_.size() > 1) {
    members_ += ',';
  }
  append_json_string(members_, name);
  members_ += ':';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  this->name(name);
  append_json_string(members_, value);
  return *this;
}

JsonObject& JsonObject::text_or_null(std::string_view name, std::string_view value) {
  return value.empty() ? json(name, "null") : text(name, value);
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
  return json(name, std::to_string(value));
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) {
  return json(name, value ? "true" : "false");
}

JsonObject& JsonObject::time(std::string_view name, const std::optional<WallTime>& value) {
  return value ? text(name, iso_time(*value)) : json(name, "null");
}

JsonObject& JsonObject::json(std::string_view name, std::string_view json) {
  this->name(name);
  members_ += json;
  return *this;
}

void JsonArray::add(std::string_view json) {
  if (elements_.size() > 1) {
    elements_ += ',';
  }
  elements_ += json;
}

}  // namespace dogged
