// SPDX-License-Identifier: MIT
#include "table/input_json.h"

#include "base/error.h"
#include "base/json_document.h"
#include "base/text.h"
#include "table/input_columns.h"
#include "table/key_maker.h"
#include "table/line_reader.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace dogged {
namespace {

constexpr std::size_t kMaxColumns = 1000;
constexpr std::size_t kSampleRows = 500;

// Calls `visit(name, value)` for the members of the root object.
template <typename Visit>
void each_member(const JsonDocument& json, const Visit& visit) {
  JsonDocument::Index i = json.root() + 1;
  for (std::uint32_t n = json.node(json.root()).count; n > 0; --n) {
    visit(json.text(i), i + 1);
    i = json.node(i + 1).end;
  }
}

std::string cell_text(const JsonDocument& json, JsonDocument::Index i) {
  switch (json.node(i).type) {
    case JsonDocument::Type::null:
      return {};
    case JsonDocument::Type::string:
    case JsonDocument::Type::number:
      return std::string(json.text(i));
    default:
      return json.json(i);
  }
}

// Reads objects line by line into cells.
class ObjectReader {
 public:
  explicit ObjectReader(InputText& text) : lines_(text) {}

  // The next line; false at the end. `fault` says why it is no object, or is empty.
  bool next() {
    if (!lines_.next(line_)) {
      return false;
    }
    fault_.clear();
    if (lines_.too_long()) {
      fault_ = "the line is over 1 MB";
      return true;
    }
    if (const auto parsed = json_.parse(line_); !parsed) {
      fault_ = "no JSON: " + parsed.error();
    } else if (json_.node(json_.root()).type != JsonDocument::Type::object) {
      fault_ = "no JSON object";
    }
    return true;
  }

  const JsonDocument& json() const { return json_; }
  const std::string& line() const { return line_; }
  const std::string& fault() const { return fault_; }
  std::int64_t number() const { return lines_.number(); }

 private:
  LineReader lines_;
  JsonDocument json_;
  std::string line_;
  std::string fault_;
};

using Columns = std::unordered_map<std::string, std::size_t>;

// The names of all objects, and the first rows to judge columns by.
struct Survey {
  std::vector<std::string> names;
  Columns columns;
  std::vector<CsvRecord> sample;
};

CsvRecord cells_of(const JsonDocument& json, const Columns& columns) {
  CsvRecord record;
  each_member(json, [&](std::string_view name, JsonDocument::Index value) {
    const std::size_t column = columns.at(std::string(name));
    record.cells.resize(std::max(record.cells.size(), column + 1));
    record.cells[column] = cell_text(json, value);
  });
  return record;
}

Survey survey(InputText& text, const std::string& file) {
  Survey found;
  ObjectReader reader(text);
  std::string name;
  while (reader.next()) {
    if (!reader.fault().empty()) {
      continue;
    }
    each_member(reader.json(), [&](std::string_view member, JsonDocument::Index) {
      name = member;
      if (found.columns.try_emplace(name, found.names.size()).second) {
        found.names.push_back(name);
      }
    });
    if (found.names.size() > kMaxColumns) {
      throw Error(Fault::usage, "the objects of " + file +
                                    " have over 1,000 different names; make "
                                    "lines of the members that are needed (jq -c '{id}')");
    }
    if (found.sample.size() < kSampleRows) {
      found.sample.push_back(cells_of(reader.json(), found.columns));
    }
  }
  text.rewind();
  return found;
}

class JsonLines final : public InputFile {
 public:
  JsonLines(std::unique_ptr<InputText> text, InputShape shape, KeyMaker keys, Columns columns)
      : text_(std::move(text)),
        shape_(std::move(shape)),
        keys_(std::move(keys)),
        columns_(std::move(columns)),
        reader_(*text_) {}

  const InputShape& shape() const override { return shape_; }
  std::string sha256() override { return text_->sha256(); }
  std::size_t replaced_characters() const override { return text_->replaced(); }

  bool next(InputRow& row) override {
    if (!reader_.next()) {
      return false;
    }
    row.row = ++rows_;
    row.line = reader_.number();
    row.text = reader_.line();
    row.key.clear();
    row.mended.clear();
    row.fault = reader_.fault();
    row.cells.resize(shape_.header.size());
    std::for_each(row.cells.begin(), row.cells.end(), [](std::string& cell) { cell.clear(); });
    if (row.fault.empty()) {
      fill(row);
    } else {
      row.cells.clear();
    }
    return true;
  }

  // The line is the object, as given, unless a member has no name: then by the columns' names.
  std::string columns_json(const InputRow& row) const override {
    const std::string_view object = trimmed(row.text);
    if (columns_.contains("")) {
      return named(object);
    }
    const bool lone_string =
        row.cells.size() == 1 && trimmed(object.substr(0, object.size() - 1)).ends_with('"');
    const bool just_key = lone_string && row.cells.front() == row.key && !row.key.empty();
    return just_key ? std::string() : std::string(object);
  }

 private:
  void fill(InputRow& row) {
    const JsonDocument& json = reader_.json();
    bool id_is_text = true;
    each_member(json, [&](std::string_view name, JsonDocument::Index value) {
      name_ = name;
      const auto column = columns_.find(name_);
      if (column == columns_.end()) {
        row.fault = "the file changed while it was read";
        return;
      }
      row.cells[column->second] = cell_text(json, value);
      if (shape_.id_index == static_cast<int>(column->second)) {
        const JsonDocument::Type type = json.node(value).type;
        id_is_text = type == JsonDocument::Type::string || type == JsonDocument::Type::number ||
                     type == JsonDocument::Type::null;
      }
    });
    if (!id_is_text) {
      row.fault = "the ID is no string or number";
    }
    if (row.fault.empty()) {
      keys_.make(row);
    }
  }

  std::string named(std::string_view object) const {
    JsonDocument json;
    if (!json.parse(object) || json.node(json.root()).type != JsonDocument::Type::object) {
      return std::string(object);
    }
    const std::vector<std::string> names = unique_names(shape_.header);
    std::string text = "{";
    each_member(json, [&](std::string_view name, JsonDocument::Index value) {
      text += text.size() > 1 ? "," : "";
      const auto column = columns_.find(std::string(name));
      append_json_string(text, column == columns_.end() ? name : names[column->second]);
      text += ':';
      json.write_json(value, text);
    });
    return text + '}';
  }

  const std::unique_ptr<InputText> text_;
  const InputShape shape_;
  const KeyMaker keys_;
  const Columns columns_;
  ObjectReader reader_;
  std::string name_;
  std::int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<InputFile> open_json_lines(std::unique_ptr<InputText> text,
                                           const InputOptions& options,
                                           std::unique_ptr<IdRule> rule) {
  const std::string file = shown_name(options.file);
  Survey found = survey(*text, file);
  if (found.names.empty()) {
    throw Error(Fault::usage, "no line of " + file + " is a JSON object with members");
  }
  InputShape shape;
  shape.kind = InputKind::json_lines;
  shape.encoding = text->encoding();
  shape.header = found.names;
  if (!options.id.key.empty()) {
    shape.key_template = options.id.key;
    return std::make_unique<JsonLines>(std::move(text), shape,
                                       KeyMaker(std::move(rule), options.id, found.names, file),
                                       std::move(found.columns));
  }
  const std::size_t id = find_id_column(found.names, found.sample, options.id, *rule, file);
  shape.id_index = static_cast<int>(id);
  shape.id_column = found.names[id];
  return std::make_unique<JsonLines>(std::move(text), shape, KeyMaker(std::move(rule), id),
                                     std::move(found.columns));
}

}  // namespace dogged
