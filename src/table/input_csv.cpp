// SPDX-License-Identifier: MIT
#include "table/input_csv.h"

#include "base/error.h"
#include "base/text.h"
#include "table/csv_reader.h"
#include "table/input_columns.h"
#include "table/key_maker.h"
#include "table/row_json.h"
#include "table/sniff.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace dogged {
namespace {

constexpr std::size_t kSampleRecords = 1000;

// Runs of empty rows that are kept until it is known whether a row follows them: some 500 KB. Of
// more, the first are taken for rows.
constexpr std::size_t kMostEmptyRuns = 10'000;

// Empty rows that look alike, on lines next to each other.
struct EmptyRows {
  std::int64_t line = 0;  // of the first
  std::int64_t count = 0;
  std::string text;
};

std::string in_quotes(char delimiter) {
  return delimiter == '\t' ? "a tab" : "'" + std::string(1, delimiter) + "'";
}

// How many cells most records have; of two such numbers the larger.
std::size_t usual_width(const std::vector<CsvRecord>& records) {
  std::map<std::size_t, std::size_t> counts;
  for (const CsvRecord& record : records) {
    counts[record.cells.size()] += record.fault.empty() ? 1 : 0;
  }
  std::size_t width = 1;
  std::size_t most = 0;
  for (const auto& [cells, n] : counts) {
    if (n > 0 && n >= most) {
      width = cells;
      most = n;
    }
  }
  return width;
}

std::vector<std::string> header_of(const std::vector<CsvRecord>& records, bool has_header) {
  std::vector<std::string> header;
  if (has_header) {
    for (const std::string& name : records.front().cells) {
      header.emplace_back(trimmed(name));
    }
    return header;
  }
  return records.empty() ? header : unique_names(std::vector<std::string>(usual_width(records)));
}

// A lone column whose cells hold another delimiter is not what the file means.
void refuse_foreign_delimiter(const std::vector<CsvRecord>& records, const InputShape& shape,
                              const InputOptions& options, const IdRule& rule) {
  // The delimiter, or NUL where there is none.
  const auto foreign = [&](const CsvRecord& r) -> char {
    const bool right =
        has_id_rule(options.id) && r.cells.size() == 1 && rule.check(r.cells.front()).fault.empty();
    return right ? '\0' : foreign_delimiter(r, shape.delimiter).value_or('\0');
  };
  char found = shape.has_header ? foreign(records.front()) : '\0';
  std::string cell = found != '\0' ? records.front().text : "";
  std::size_t n = 0;
  for (const CsvRecord& record : records) {
    const char here = foreign(record);
    n += here != '\0' ? 1 : 0;
    if (here != '\0' && n * 10 >= records.size() && found == '\0') {
      found = here;
      cell = record.text;
    }
  }
  if (found != '\0') {
    throw Error(Fault::usage, shown_name(options.file) + " was read as one column, but '" +
                                  printable(cell, 60) + "' holds " + in_quotes(found) +
                                  "; say --delimiter " +
                                  (found == '\t' ? "tab" : "'" + std::string(1, found) + "'") +
                                  ", or put IDs that hold it in quotes");
  }
}

void refuse_id_as_header(const InputShape& shape, const InputOptions& options, const IdRule& rule) {
  if (!has_id_rule(options.id) || shape.id_index < 0 ||
      shape.header[static_cast<std::size_t>(shape.id_index)] == options.id.column) {
    return;
  }
  const std::string& name = shape.header[static_cast<std::size_t>(shape.id_index)];
  if (!equals_ignoring_case(name, "id") && rule.check(name).fault.empty()) {
    throw Error(Fault::usage, "the header line of " + shown_name(options.file) + " holds an ID: '" +
                                  printable(name, 60) +
                                  "'; say --no-header if the file has no header");
  }
}

InputShape shape_of(const InputText& text, const InputOptions& options, const IdRule& rule) {
  const std::string file = shown_name(options.file);
  const bool whole = text.sample_is_whole();
  InputShape shape;
  shape.encoding = text.encoding();
  const std::optional<char> named = named_delimiter(text.sample());
  shape.delimiter = options.delimiter ? *options.delimiter
                    : named           ? *named
                                      : sniff_delimiter(text.sample(), whole);
  std::vector<CsvRecord> records =
      first_records(text.sample(), whole, shape.delimiter, kSampleRecords);
  if (named && !records.empty()) {
    records.erase(records.begin());
  }
  shape.key_template = options.id.key;
  if (records.empty()) {
    return shape;
  }
  shape.has_header =
      options.has_header ? *options.has_header : sniff_header(records, options.id, rule);
  if (shape.has_header && !records.front().fault.empty()) {
    throw Error(Fault::usage, "cannot read the header of " + file + ", line " +
                                  std::to_string(records.front().line) + ": " +
                                  records.front().fault);
  }
  shape.header = header_of(records, shape.has_header);
  shape.kind =
      shape.header.size() == 1 && !shape.has_header ? InputKind::plain_lines : InputKind::csv;
  if (shape.header.size() == 1) {
    refuse_foreign_delimiter(records, shape, options, rule);
  }
  if (options.id.key.empty()) {
    const std::vector<std::string> names = unique_names(shape.header);
    if (shape.has_header) {
      records.erase(records.begin());
    }
    const std::size_t id = find_id_column(names, records, options.id, rule, file);
    shape.id_index = static_cast<int>(id);
    shape.id_column = names[id];
  }
  if (shape.has_header) {
    refuse_id_as_header(shape, options, rule);
  }
  return shape;
}

class CsvInput final : public InputFile {
 public:
  CsvInput(std::unique_ptr<InputText> text, InputShape shape, KeyMaker keys, bool id_rule)
      : text_(std::move(text)),
        shape_(std::move(shape)),
        keys_(std::move(keys)),
        has_id_rule_(id_rule),
        json_(unique_names(shape_.header)),
        reader_(shape_.delimiter) {}

  const InputShape& shape() const override { return shape_; }
  std::string sha256() override { return text_->sha256(); }
  std::size_t replaced_characters() const override { return text_->replaced(); }

  std::int64_t empty_rows_at_end() const override { return empty_at_end_; }

  bool next(InputRow& row) override {
    if (shape_.has_header && !header_is_behind_) {
      header_is_behind_ = true;
      while (!is_read_ && read_ahead()) {
        empty_.clear();  // before the header there are no rows
      }
      is_read_ = false;
    }
    if (!read_ahead()) {
      return false;
    }
    row.row = ++rows_;
    row.key.clear();
    row.mended.clear();
    if (!empty_.empty()) {
      take_empty(row);
      return true;
    }
    is_read_ = false;
    row.line = record_.line;
    row.cells.swap(record_.cells);
    row.text.swap(record_.text);
    row.fault = record_.fault;
    if (row.fault.empty()) {
      fit(row);
    }
    if (row.fault.empty()) {
      keys_.make(row);
      check_lone_cell(row);
    }
    return true;
  }

  std::string columns_json(const InputRow& row) const override {
    const bool just_key = row.cells.size() == 1 && row.cells.front() == row.key && !row.key.empty();
    return just_key ? std::string() : json_.object(row.cells);
  }

 private:
  // Reads the next record that has something in it, if it is not read yet, and the empty rows
  // before it. False: there is none, and what empty rows there were are left out.
  bool read_ahead() {
    while (!is_read_ && empty_.size() < kMostEmptyRuns) {
      if (!read_record()) {
        for (const EmptyRows& run : empty_) {
          empty_at_end_ += run.count;
        }
        empty_.clear();
        return false;
      }
      if (is_blank(record_)) {
        note_empty();
      } else {
        is_read_ = true;
      }
    }
    return true;
  }

  // The next record that is no blank line.
  bool read_record() {
    for (;;) {
      while (!reader_.next(record_)) {
        if (at_end_) {
          return false;
        }
        if (text_->read(piece_)) {
          reader_.feed(piece_);
        } else {
          reader_.finish();
          at_end_ = true;
        }
      }
      if (record_.line == 1 && named_delimiter(record_.text)) {
        continue;
      }
      if (!trimmed(record_.text).empty() ||
          record_.text.find(shape_.delimiter) != std::string::npos) {
        return true;
      }
    }
  }

  void note_empty() {
    if (empty_.empty() || empty_.back().line + empty_.back().count != record_.line ||
        empty_.back().text != record_.text) {
      empty_.push_back({record_.line, 0, record_.text});
    }
    ++empty_.back().count;
  }

  void take_empty(InputRow& row) {
    EmptyRows& run = empty_.front();
    row.line = run.line++;
    row.text = run.text;
    row.cells.assign(shape_.header.size(), "");
    row.fault = kEmptyRow;
    if (--run.count == 0) {
      empty_.pop_front();
    }
  }

  // As many cells as columns: missing ones are empty, surplus ones must be.
  void fit(InputRow& row) const {
    const std::size_t width = shape_.header.size();
    const auto surplus =
        row.cells.begin() + static_cast<std::ptrdiff_t>(std::min(width, row.cells.size()));
    if (std::all_of(surplus, row.cells.end(),
                    [](const std::string& cell) { return trimmed(cell).empty(); })) {
      row.cells.resize(width);
      return;
    }
    if (width == 1 && row.text.find('"') == std::string::npos) {
      row.cells.assign(1, row.text);  // "1,23E+15": check_lone_cell tells whether it is an ID
      return;
    }
    row.fault = std::to_string(row.cells.size()) + " cells, but the file has " +
                std::to_string(width) + (width == 1 ? " column" : " columns") + " (is " +
                in_quotes(shape_.delimiter) + " in a cell that is not quoted?)";
    row.cells.clear();
  }

  // One line that holds a delimiter in a file where others do not: an ID only if a rule says so.
  void check_lone_cell(InputRow& row) const {
    if (shape_.header.size() != 1 || !row.fault.empty() || has_id_rule_ ||
        row.text.starts_with('"')) {
      return;
    }
    const std::string_view cell = trimmed(row.cells.front());
    for (const char delimiter : kDelimiters) {
      if (cell.find(delimiter) != cell.npos) {
        row.fault = "the line holds " + in_quotes(delimiter) +
                    ", which divides cells; put the ID in quotes if it belongs to it";
        row.key.clear();
        return;
      }
    }
  }

  const std::unique_ptr<InputText> text_;
  const InputShape shape_;
  const KeyMaker keys_;
  const bool has_id_rule_;
  const RowJson json_;
  CsvReader reader_;
  CsvRecord record_;
  std::string piece_;
  std::deque<EmptyRows> empty_;  // not given out yet; they stand before record_
  bool is_read_ = false;         // whether record_ is a row to come
  std::int64_t rows_ = 0;
  std::int64_t empty_at_end_ = 0;
  bool header_is_behind_ = false;
  bool at_end_ = false;
};

KeyMaker key_maker(std::unique_ptr<IdRule> rule, const InputOptions& options,
                   const InputShape& shape) {
  if (!options.id.key.empty() && !shape.header.empty()) {
    return {std::move(rule), options.id, unique_names(shape.header), shown_name(options.file)};
  }
  return {std::move(rule), static_cast<std::size_t>(std::max(shape.id_index, 0))};
}

}  // namespace

std::unique_ptr<InputFile> open_csv(std::unique_ptr<InputText> text, const InputOptions& options,
                                    std::unique_ptr<IdRule> rule) {
  InputShape shape = shape_of(*text, options, *rule);
  KeyMaker keys = key_maker(std::move(rule), options, shape);
  return std::make_unique<CsvInput>(std::move(text), std::move(shape), std::move(keys),
                                    has_id_rule(options.id));
}

}  // namespace dogged
