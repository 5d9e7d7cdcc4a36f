// SPDX-License-Identifier: MIT
#include "job/job_values.h"

#include "base/json_document.h"
#include "base/text.h"

namespace dogged {
namespace {

std::string value_text(const JsonDocument& row, JsonDocument::Index i) {
  switch (row.node(i).type) {
    case JsonDocument::Type::null:
      return {};
    case JsonDocument::Type::boolean:
      return row.node(i).truth ? "true" : "false";
    case JsonDocument::Type::number:
      return std::string(row.text(i));
    case JsonDocument::Type::string:
      return std::string(trimmed(row.text(i)));
    case JsonDocument::Type::array:
    case JsonDocument::Type::object:
      break;
  }
  return row.json(i);
}

std::optional<std::string> column(std::string_view columns, std::string_view name) {
  JsonDocument row;
  if (columns.empty() || !row.parse(columns).ok() ||
      row.node(row.root()).type != JsonDocument::Type::object) {
    return std::nullopt;
  }
  std::optional<std::string> value;
  JsonDocument::Index i = row.root() + 1;
  for (std::uint32_t n = row.node(row.root()).count; n > 0; --n) {
    if (row.text(i) == name) {
      value = value_text(row, i + 1);  // no break: of a name that stands twice the last one counts
    }
    i = row.node(i + 1).end;
  }
  return value;
}

}  // namespace

std::optional<std::string> job_value(const JobValues& values, std::string_view name) {
  if (name == "key" || (!values.id_column.empty() && name == values.id_column)) {
    return std::string(values.key);
  }
  if (std::optional<std::string> value = column(values.columns, name)) {
    return value;
  }
  return name == "id" ? std::optional<std::string>(values.key) : std::nullopt;
}

}  // namespace dogged
