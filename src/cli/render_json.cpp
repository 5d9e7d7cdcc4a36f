// SPDX-License-Identifier: MIT
#include "cli/render_json.h"

#include "base/json_document.h"

namespace dogged {

void JsonArray::add(std::string_view json) {
  if (elements_.size() > 1) {
    elements_ += ',';
  }
  elements_ += json;
}

std::string string_or_null(std::string_view text) {
  return text.empty() ? "null" : json_string(text);
}

}  // namespace dogged
