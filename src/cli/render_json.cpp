// SPDX-License-Identifier: MIT
#include "cli/render_json.h"

#include "base/json_document.h"

#include <algorithm>
#include <cstddef>

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

std::string indented_json(std::string_view compact) {
  constexpr std::size_t kDeepest = 32;
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  const auto next_line = [&] {
    out += '\n';
    out.append(2 * std::min(depth, kDeepest), ' ');
  };
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    const bool opens = !in_text && (c == '{' || c == '[');
    const bool closes = !in_text && (c == '}' || c == ']');
    const bool is_empty = closes && (compact[i - 1] == '{' || compact[i - 1] == '[');
    if (closes && !is_empty) {
      --depth;
      next_line();
    }
    out += c;
    if (in_text && c == '\\') {
      out += compact[++i];
    } else if (c == '"') {
      in_text = !in_text;
    } else if (opens && compact[i + 1] != '}' && compact[i + 1] != ']') {
      ++depth;
      next_line();
    } else if (!in_text && c == ',') {
      next_line();
    } else if (!in_text && c == ':') {
      out += ' ';
    }
  }
  return out;
}

}  // namespace dogged
