// SPDX-License-Identifier: MIT
#include "table/export_columns.h"

#include "base/error.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace dogged {
namespace {

using Kind = ExportCell::Kind;

// `value` stays where it is while the cell is in use.
ExportCell cell_of(const ColumnValue& value) {
  switch (value.json.empty() ? 'n' : value.json.front()) {
    case 'n':
      return {};
    case '"':
      return {Kind::text, value.text};
    case '{':
    case '[':
    case 't':
    case 'f':
      return {Kind::json, value.text};
    default:
      return {Kind::number, value.text};
  }
}

// An answer of a job that the source does not hold says why not; its fields are no columns of the
// answers.
bool has_fields(const ExportRow& row) {
  return !row.body.empty() && row.state != JobState::not_found;
}

}  // namespace

void InputCells::fill(const ExportRow& row, std::vector<ExportCell>& cells) {
  if (!row.columns.empty() && document_.parse(row.columns).ok() &&
      document_.node(0).type == JsonDocument::Type::object) {
    fill_from_json(cells);
    return;
  }
  const bool rejected = !row.state;
  const auto inputs = layout_.inputs_of(row.batch);
  int place = layout_.key_of(row.batch);
  if (rejected && !inputs.empty()) {
    place = inputs.front();
  } else if (place < 0) {
    // Nowhere else would a rejected row of a list without columns say what it was.
    place = rejected ? static_cast<int>(layout_.fixed(FixedColumn::key)) : -1;
  }
  if (place >= 0) {
    cells[static_cast<std::size_t>(place)] = {Kind::text, rejected ? row.rejected_text : row.key};
  }
}

void InputCells::fill_from_json(std::vector<ExportCell>& cells) {
  using Type = JsonDocument::Type;
  const JsonDocument::Index end = document_.node(0).end;
  int place = -1;
  bool stray = false;
  for (JsonDocument::Index name = 1; name < end; name = document_.node(name + 1).end) {
    // Most rows have the columns in the order of the layout.
    const std::size_t guess = static_cast<std::size_t>(place) + 1;  // 0 behind -1
    const std::string_view text = document_.text(name);
    const bool guessed = guess < layout_.inputs() && layout_.names()[guess] == text;
    place = guessed ? static_cast<int>(guess) : layout_.input(text);
    if (place < 0) {
      stray = true;
      if (stray_rows_ == 0) {
        first_stray_.name = text;
      }
      continue;
    }
    ExportCell& cell = cells[static_cast<std::size_t>(place)];
    const JsonDocument::Index value = name + 1;
    switch (document_.node(value).type) {
      case Type::null:
        cell = {};
        break;
      case Type::string:
        cell = {Kind::text, document_.text(value)};
        break;
      case Type::number:
        cell = {Kind::number, document_.text(value)};
        break;
      case Type::boolean:
        cell = {Kind::json, document_.node(value).truth ? "true" : "false"};
        break;
      case Type::array:
      case Type::object:
        // Sized at once: cells point into these strings.
        scratch_.resize(std::max(scratch_.size(), layout_.inputs()));
        {
          std::string& json = scratch_[static_cast<std::size_t>(place)];
          json.clear();
          document_.write_json(value, json);
          cell = {Kind::json, json};
        }
        break;
    }
  }
  stray_rows_ += stray ? 1 : 0;
}

void InputCells::end_range(std::size_t range) {
  if (strays_before_ == 0 && stray_rows_ > 0) {
    first_stray_.range = range;
  }
  strays_before_ = stray_rows_;
}

void InputCells::absorb(const InputCells& other) {
  if (other.stray_rows_ > 0 &&
      (stray_rows_ == 0 || other.first_stray_.range < first_stray_.range)) {
    first_stray_ = other.first_stray_;
  }
  stray_rows_ += other.stray_rows_;
}

AddedCells::AddedCells(const ExportOptions& options) {
  auto compiled = ColumnSet::compile(options.columns, options.lang);
  if (!compiled) {
    throw Error(Fault::usage, compiled.error());
  }
  named_ = std::move(compiled).value();
  filled_.resize(named_->names().size());
  if (options.auto_columns) {
    automatic_ = std::make_unique<AutoColumns>();
  }
}

void AddedCells::observe(const ExportRow& row, std::size_t range) {
  if (automatic_ && has_fields(row)) {
    automatic_->observe(row.body, range);
  }
}

std::optional<AutoColumns> AddedCells::merged(const std::vector<const AddedCells*>& found_by) {
  std::vector<const AutoColumns*> found;
  for (const AddedCells* cells : found_by) {
    if (!cells->automatic_) {
      return std::nullopt;
    }
    found.push_back(cells->automatic_.get());
  }
  return AutoColumns::merged(found);
}

void AddedCells::adopt(const AutoColumns& columns) {
  automatic_ = std::make_unique<AutoColumns>(columns);
}

std::vector<std::string> AddedCells::names() const {
  std::vector<std::string> all = named_->names();
  if (automatic_) {
    for (const std::string& name : automatic_->names()) {
      all.push_back(free_name(name, [&all](const std::string& candidate) {
        return std::find(all.begin(), all.end(), candidate) != all.end();
      }));
    }
  }
  return all;
}

void AddedCells::fill(const ExportRow& row, std::size_t range, std::size_t place,
                      std::vector<ExportCell>& cells) {
  // Without any, the answer would be parsed for nothing.
  if (!filled_.empty()) {
    named_->extract(row.body, named_values_);
  }
  answers_ += has_fields(row) ? 1 : 0;
  for (std::size_t i = 0; i < named_values_.size(); ++i) {
    filled_[i] += named_values_[i].text.empty() ? 0 : 1;
    cells[place++] = cell_of(named_values_[i]);
  }
  if (automatic_) {
    automatic_->fill(has_fields(row) ? row.body : std::string_view(),
                     std::span(cells).subspan(place), range);
  }
}

void AddedCells::end_range(std::size_t range) {
  if (first_failure_.name.empty() && named_->filter_failures() > 0) {
    first_failure_ = {range, named_->first_filter_failure()};
  }
}

void AddedCells::absorb(const AddedCells& other) {
  const RangeName& theirs = other.first_failure_;
  if (!theirs.name.empty() &&
      (first_failure_.name.empty() || theirs.range < first_failure_.range)) {
    first_failure_ = theirs;
  }
  named_->absorb(*other.named_);
  answers_ += other.answers_;
  for (std::size_t i = 0; i < other.filled_.size(); ++i) {
    filled_[i] += other.filled_[i];
  }
}

// An expression that leads nowhere is most often a slip of the pen.
void AddedCells::warn_of_empty(std::vector<std::string>& warnings) const {
  const std::vector<std::string> names = named_->names();
  for (std::size_t i = 0; i < filled_.size(); ++i) {
    if (answers_ > 0 && filled_[i] == 0) {
      warnings.push_back(
          fmt::format("the column '{}' is empty in every answer ({} in all); `dogged fields` lists "
                      "what they have",
                      printable(names[i], 80), with_thousands(answers_)));
    }
  }
}

void AddedCells::warn(std::vector<std::string>& warnings) const {
  warn_of_empty(warnings);
  if (named_->filter_failures() > 0) {
    warnings.push_back(
        fmt::format("a filter failed {} times and gave an empty value; the first: {}",
                    with_thousands(named_->filter_failures()), first_failure_.name));
  }
  for (std::string& warning : named_->digit_warnings()) {
    warnings.push_back(std::move(warning));
  }
  if (automatic_ && automatic_->overflowed()) {
    warnings.push_back(fmt::format(
        "the answers have more than {} fields: the rest is JSON text in the column '{}'; "
        "name the columns you want with --add",
        with_thousands(AutoColumns::kMaxColumns), automatic_->names().back()));
  }
}

}  // namespace dogged
