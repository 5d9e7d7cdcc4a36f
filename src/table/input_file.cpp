// SPDX-License-Identifier: MIT
#include "table/input_file.h"

#include "base/error.h"
#include "base/text.h"
#include "table/input_csv.h"
#include "table/input_json.h"
#include "table/input_text.h"
#include "table/sniff.h"

#include <unordered_set>
#include <utility>

namespace dogged {

std::string InputShape::describe() const {
  if (header.empty()) {
    return "an empty file";
  }
  std::string text;
  switch (kind) {
    case InputKind::csv:
      text = header.size() == 1  ? "CSV of one column"
             : delimiter == '\t' ? "CSV with tabs"
                                 : "CSV with '" + std::string(1, delimiter) + "'";
      break;
    case InputKind::json_lines:
      text = "JSON lines";
      break;
    case InputKind::plain_lines:
      text = "one ID a line";
      break;
  }
  text += ", " + std::string(word(encoding));
  if (kind != InputKind::json_lines) {
    text += has_header ? ", header" : ", no header";
  }
  if (!key_template.empty()) {
    text += ", key '" + printable(key_template) + "'";
  } else if (kind != InputKind::plain_lines) {
    text += ", ID column '" + printable(id_column) + "'";
  }
  return text;
}

std::unique_ptr<InputFile> InputFile::open(const InputOptions& options) {
  if (!options.id.column.empty() && !options.id.key.empty()) {
    throw Error(Fault::usage,
                "--id names one column, --key a template of several; give one of them");
  }
  if (options.delimiter &&
      std::string_view("\"\r\n").find(*options.delimiter) != std::string_view::npos) {
    throw Error(Fault::usage, "quotes and line ends cannot be the delimiter");
  }
  auto rule = make_id_rule(options.id);
  if (!rule) {
    throw Error(Fault::usage, rule.error());
  }
  auto text = std::make_unique<InputText>(options.file, options.encoding);
  const JsonLook json =
      options.delimiter ? JsonLook::none : sniff_json(text->sample(), text->sample_is_whole());
  if (json == JsonLook::other) {
    throw Error(Fault::usage, shown_name(options.file) +
                                  " looks like JSON, but not like JSON lines: one object a line is "
                                  "needed (jq -c '.[]' makes them of an array)");
  }
  return json == JsonLook::lines
             ? open_json_lines(std::move(text), options, std::move(rule).value())
             : open_csv(std::move(text), options, std::move(rule).value());
}

std::vector<std::string> unique_names(const std::vector<std::string>& header) {
  std::unordered_set<std::string> given(header.begin(), header.end());
  std::unordered_set<std::string> used;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string base = header[i].empty() ? "column_" + std::to_string(i + 1) : header[i];
    std::string name = base;
    // A made name must not be one that the header gives to another column.
    for (int n = 2; used.contains(name) || (name != header[i] && given.contains(name)); ++n) {
      name = base + "_" + std::to_string(n);
    }
    used.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace dogged
