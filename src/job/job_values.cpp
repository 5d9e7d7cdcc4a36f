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

// The text of the string that begins at `at`, which comes to stand behind it. Nothing where an
// escape is in it, or something is wrong.
std::optional<std::string_view> take_string(std::string_view row, std::size_t& at) {
  const std::size_t begin = at + 1;
  if (row[at] != '"') {
    return std::nullopt;
  }
  for (at = begin; at + 1 < row.size(); ++at) {
    const auto c = static_cast<unsigned char>(row[at]);
    if (c == '"') {
      return row.substr(begin, at++ - begin);
    }
    if (c < 0x20 || c == '\\') {
      break;
    }
  }
  return std::nullopt;
}

struct PlainLookup {
  bool plain = false;  // the row was read to its end
  std::optional<std::string_view> value = {};
};

// Looks a column up in a row as imports mostly write it, {"a":"b","c":"d"}: strings without escapes
// and nothing else. The rest is for the parser, which takes several times as long.
PlainLookup look_up(std::string_view row, std::string_view name) {
  PlainLookup found;
  if (row.size() < 2 || row.front() != '{' || row.back() != '}') {
    return {};
  }
  std::size_t at = 0;
  do {
    const auto member = take_string(row, ++at);
    if (!member || row[at] != ':') {
      return {};
    }
    const auto value = take_string(row, ++at);
    if (!value) {
      return {};
    }
    if (*member == name) {
      found.value = value;  // no break: of a name that stands twice the last one counts
    }
  } while (row[at] == ',');
  found.plain = at + 1 == row.size() && is_utf8(row);
  return found;
}

std::optional<std::string> column(std::string_view columns, std::string_view name) {
  if (const PlainLookup found = look_up(columns, name); found.plain) {
    return found.value ? std::optional<std::string>(trimmed(*found.value)) : std::nullopt;
  }
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
