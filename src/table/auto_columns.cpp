// SPDX-License-Identifier: MIT
#include "table/auto_columns.h"

#include <algorithm>

namespace dogged {

int AutoColumns::column_of(std::string_view path, int guess) const {
  const auto at = static_cast<std::size_t>(guess);
  if (at < paths_.size() && paths_[at] == path) {
    return guess;
  }
  const auto found = columns_.find(path);
  return found == columns_.end() ? -1 : found->second;
}

bool AutoColumns::add_column(std::string_view path, const std::string& dotted_name,
                             std::size_t range) {
  if (names_.size() == kMaxColumns) {
    overflowed_ = true;
    return false;
  }
  const int column = static_cast<int>(names_.size());
  names_.push_back(
      free_name(dotted_name, [this](const std::string& name) { return taken_.contains(name); }));
  taken_.emplace(names_.back(), column);
  dotted_names_.push_back(dotted_name);
  ranges_.push_back(range);
  paths_.emplace_back(path);
  columns_.emplace(path, column);
  return true;
}

void AutoColumns::observe(std::string_view body, std::size_t range) {
  if (body.empty() || !document_.parse(body).ok()) {
    return;
  }
  int guess = 0;
  for (walk_.start(document_); walk_.next();) {
    const int column = column_of(walk_.path(), guess);
    if (column >= 0) {
      guess = column + 1;
    } else if (add_column(walk_.path(), walk_.dotted_name(), range)) {
      guess = static_cast<int>(names_.size());
    }
  }
}

// Each knows its first kMaxColumns in order, and what comes behind them in one is behind them in
// all; so is the flag right: who met more knows so, and who did not has them all here.
AutoColumns AutoColumns::merged(const std::vector<const AutoColumns*>& found) {
  struct Place {
    std::size_t range;
    const AutoColumns* columns;
    std::size_t at;
  };
  std::vector<Place> places;
  AutoColumns all;
  for (const AutoColumns* columns : found) {
    all.overflowed_ = all.overflowed_ || columns->overflowed_;
    for (std::size_t i = 0; i < columns->paths_.size(); ++i) {
      places.push_back({columns->ranges_[i], columns, i});
    }
  }
  // One range is one finder's, whose order is kept.
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.range < b.range; });
  for (const Place& place : places) {
    const std::string& path = place.columns->paths_[place.at];
    if (!all.columns_.contains(path)) {
      (void)all.add_column(path, place.columns->dotted_names_[place.at], place.range);
    }
  }
  return all;
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
  std::vector<ExportCell> cells(names_.size() + (overflowed_ ? 1 : 0));
  fill(body, cells);
  values.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    values[i].text = cells[i].text;
    switch (cells[i].kind) {
      case ExportCell::Kind::absent:
        values[i].json = "null";
        break;
      case ExportCell::Kind::text:
        values[i].json = json_string(cells[i].text);
        break;
      case ExportCell::Kind::number:
      case ExportCell::Kind::json:
        values[i].json = cells[i].text;
        break;
    }
  }
}

ExportCell AutoColumns::cell_of(JsonDocument::Index leaf, std::size_t column) {
  using Type = JsonDocument::Type;
  switch (document_.node(leaf).type) {
    case Type::null:
      return {};
    case Type::boolean:
      return {ExportCell::Kind::json, document_.node(leaf).truth ? "true" : "false"};
    case Type::number:
      return {ExportCell::Kind::number, document_.text(leaf)};
    case Type::string:
      return {ExportCell::Kind::text, document_.text(leaf)};
    case Type::array:
    case Type::object:
      break;
  }
  if (document_.node(leaf).verbatim) {
    return {ExportCell::Kind::json, document_.text(leaf)};
  }
  std::string& text = scratch_[column];
  text.clear();
  document_.write_json(leaf, text);
  return {ExportCell::Kind::json, text};
}

void AutoColumns::fill(std::string_view body, std::span<ExportCell> cells, std::size_t range) {
  if (body.empty() || !document_.parse(body).ok()) {
    return;
  }
  scratch_.resize(names_.size());  // cells point into them: not later
  more_.clear();
  int guess = 0;
  for (walk_.start(document_); walk_.next();) {
    const int column = column_of(walk_.path(), guess);
    if (column < 0 && !overflowed_) {
      (void)add_column(walk_.path(), walk_.dotted_name(), range);
      surprised_ = true;
    }
    if (surprised_) {
      continue;  // these cells are not wanted any more
    }
    if (column < 0) {
      more_ += more_.empty() ? '{' : ',';
      append_json_string(more_, walk_.dotted_name());
      more_ += ':';
      document_.write_json(walk_.leaf(), more_);
      continue;
    }
    guess = column + 1;
    const auto at = static_cast<std::size_t>(column);
    cells[at] = cell_of(walk_.leaf(), at);
  }
  if (!surprised_ && !more_.empty()) {
    more_ += '}';
    cells.back() = {ExportCell::Kind::json, more_};
  }
}

}  // namespace dogged
