// SPDX-License-Identifier: MIT
#include "table/auto_columns.h"

namespace dogged {

int AutoColumns::column_of(std::string_view path, int guess) const {
  const auto at = static_cast<std::size_t>(guess);
  if (at < paths_.size() && paths_[at] == path) {
    return guess;
  }
  const auto found = columns_.find(path);
  return found == columns_.end() ? -1 : found->second;
}

void AutoColumns::observe(std::string_view body) {
  if (body.empty() || !document_.parse(body).ok()) {
    return;
  }
  int guess = 0;
  for (walk_.start(document_); walk_.next();) {
    int column = column_of(walk_.path(), guess);
    if (column < 0 && names_.size() == kMaxColumns) {
      overflowed_ = true;
      continue;
    }
    if (column < 0) {
      column = static_cast<int>(names_.size());
      names_.push_back(free_name(
          walk_.dotted_name(), [this](const std::string& name) { return taken_.contains(name); }));
      taken_.emplace(names_.back(), column);
      paths_.emplace_back(walk_.path());
      columns_.emplace(walk_.path(), column);
    }
    guess = column + 1;
  }
}

std::vector<std::string> AutoColumns::names() const {
  std::vector<std::string> all = names_;
  if (overflowed_) {
    all.push_back(
        free_name("more", [this](const std::string& name) { return taken_.contains(name); }));
  }
  return all;
}

void AutoColumns::extract(std::string_view body, std::vector<ColumnValue>& values) {
  values.resize(names_.size() + (overflowed_ ? 1 : 0));
  for (ColumnValue& value : values) {
    value.text.clear();
    value.json = "null";
  }
  if (body.empty() || !document_.parse(body).ok()) {
    return;
  }
  std::string more;
  int guess = 0;
  for (walk_.start(document_); walk_.next();) {
    const int column = column_of(walk_.path(), guess);
    if (column < 0) {
      more += more.empty() ? '{' : ',';
      append_json_string(more, walk_.dotted_name());
      more += ':';
      document_.write_json(walk_.leaf(), more);
      continue;
    }
    guess = column + 1;
    write_value(document_, walk_.leaf(), values[static_cast<std::size_t>(column)]);
  }
  if (overflowed_ && !more.empty()) {
    values.back().text = more += '}';
    values.back().json = std::move(more);
  }
}

}  // namespace dogged
