// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dogged {

// Writes a JSON array of JSON texts. A value. For objects: cli/json_object.h.
class JsonArray {
 public:
  void add(std::string_view json);
  std::string str() const { return elements_ + "]"; }

 private:
  std::string elements_ = "[";
};

// `text` as a JSON string; null where it is empty, because an empty error is none.
std::string string_or_null(std::string_view text);

// Compact JSON text (JsonDocument::json) over several lines, for people. Deeper than a screen is
// wide it is indented no further.
std::string indented_json(std::string_view compact);

}  // namespace dogged
