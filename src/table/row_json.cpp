// SPDX-License-Identifier: MIT
#include "table/row_json.h"

#include "base/json_document.h"

#include <cstddef>

namespace dogged {

RowJson::RowJson(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::string opening = openings_.empty() ? "{" : ",";
    append_json_string(opening, name);
    opening += ':';
    openings_.push_back(std::move(opening));
  }
}

std::string RowJson::object(const std::vector<std::string>& cells) const {
  std::size_t size = 1;
  for (std::size_t i = 0; i < openings_.size(); ++i) {
    size += openings_[i].size() + cells[i].size() + 2;
  }
  std::string json;
  json.reserve(size);
  for (std::size_t i = 0; i < openings_.size(); ++i) {
    json += openings_[i];
    append_json_string(json, cells[i]);
  }
  json += openings_.empty() ? "{}" : "}";
  return json;
}

}  // namespace dogged
