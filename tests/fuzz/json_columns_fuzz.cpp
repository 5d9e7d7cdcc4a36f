// SPDX-License-Identifier: MIT
// Answers made into columns: by pointers, by jq filters, by flattening.
#include "base/json_document.h"
#include "base/text.h"
#include "table/auto_columns.h"
#include "table/auto_columns_walk.h"
#include "table/column_set.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <vector>

namespace dogged::fuzz {
namespace {

// The user's own, so not fuzzed: what they are given is.
constexpr std::array<const char*, 12> kFilters = {".",
                                                  ".a",
                                                  ".[0]?",
                                                  "[.[]?]",
                                                  ".a[]?|select(.k==1)|.v",
                                                  "[.[]?|tostring]",
                                                  "[paths]|length",
                                                  "keys?",
                                                  "tojson",
                                                  "[..|numbers]|sort",
                                                  "to_entries?|map(.value)",
                                                  ".a // .b // $lang"};

// Compiling one takes jq some 20 ms.
ColumnSet& filters() {
  static const std::unique_ptr<ColumnSet> compiled = [] {
    std::vector<ColumnSpec> specs;
    for (const char* filter : kFilters) {
      specs.push_back({"f" + std::to_string(specs.size()), filter});
    }
    return ColumnSet::compile(specs, "en").value();
  }();
  return *compiled;
}

std::multiset<std::string, std::less<>> numbers_of(const JsonDocument& json, bool and_strings) {
  std::multiset<std::string, std::less<>> numbers;
  for (JsonDocument::Index i = 0; i < json.node(0).end; ++i) {
    const auto type = json.node(i).type;
    if (type == JsonDocument::Type::number || (and_strings && type == JsonDocument::Type::string)) {
      numbers.emplace(json.text(i));
    }
  }
  return numbers;
}

// CSV shows the bare text, JSON lines the JSON: they are of the same value.
void require_value(const ColumnValue& value, std::string_view body) {
  JsonDocument json;
  require(json.parse(value.json).ok(), "a column's value is JSON", body);
  ColumnValue again;
  write_value(json, json.root(), again);
  require(again.text == value.text && again.json == value.json,
          "a column says the same in CSV and in JSON lines", body);
}

// `.` gives what the answer has: its numbers with their digits, as numbers or as text.
void require_identity(const JsonDocument& json, const ColumnValue& value, std::string_view body) {
  JsonDocument out;
  require(out.parse(value.json).ok(), "a filter's value is JSON", body);
  const auto had = numbers_of(json, true);
  for (const std::string& number : numbers_of(out, false)) {
    require(had.contains(number), "a number that goes through jq keeps its digits", body);
  }
}

std::vector<ColumnValue> extracted(ColumnSet& columns, std::string_view body, bool readable) {
  std::vector<ColumnValue> values;
  columns.extract(body, values);
  require(values.size() == columns.names().size(), "every column has a value", body);
  for (const ColumnValue& value : values) {
    require_value(value, body);
    require(readable || value.text.empty(), "what is no JSON has no values", body);
  }
  return values;
}

// Behind a byte order mark an answer is left to the parser: what the scanner in front of it made of
// the same answer must give the same columns.
void require_same_slowly(ColumnSet& columns, std::string_view body,
                         const std::vector<ColumnValue>& quick) {
  if (body.starts_with("\xEF\xBB\xBF")) {
    return;
  }
  std::vector<ColumnValue> slow;
  columns.extract("\xEF\xBB\xBF" + std::string(body), slow);
  const bool same = std::equal(quick.begin(), quick.end(), slow.begin(), slow.end(),
                               [](const ColumnValue& a, const ColumnValue& b) {
                                 return a.text == b.text && a.json == b.json;
                               });
  require(same || body.empty(), "the scanner and the parser give the same columns", body);
}

void try_columns(const std::string& pointer, const std::vector<std::string_view>& bodies) {
  const auto compiled = ColumnSet::compile({{"pointer", pointer}}, "en");
  require(compiled.ok() == is_json_pointer(pointer), "a pointer is taken for one", pointer);
  for (const std::string_view body : bodies) {
    JsonDocument json;
    const bool readable = json.parse(body).ok();
    const auto values = extracted(filters(), body, readable);
    if (!compiled.ok()) {
      continue;
    }
    const std::vector<ColumnValue> pointed = extracted(*compiled.value(), body, readable);
    require_same_slowly(*compiled.value(), body, pointed);
    const ColumnValue& value = pointed[0];
    if (readable) {
      require_identity(json, values[0], body);
      const auto found = json.find(pointer);
      require(value.json == (found ? json.json(*found) : "null"), "a pointer gives what is there",
              body);
    }
  }
}

void require_leaves(const JsonDocument& json, const std::vector<std::string>& names,
                    const std::vector<ColumnValue>& values, std::string_view body) {
  std::set<std::string> texts;
  for (const ColumnValue& value : values) {
    require_value(value, body);
    texts.insert(value.json);
  }
  std::set<std::string> paths;
  LeafWalk walk(LeafWalk::Arrays::as_leaf, LeafWalk::Paths::names_only);
  std::vector<std::pair<std::string, std::string>> leaves;
  for (walk.start(json); walk.next();) {
    paths.emplace(walk.path());
    leaves.emplace_back(walk.path(), json.json(walk.leaf()));
  }
  require(paths.size() <= names.size() || names.size() > AutoColumns::kMaxColumns,
          "every place has its column", body);
  // Of two members of one name the last counts.
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const bool last =
        std::none_of(leaves.begin() + static_cast<std::ptrdiff_t>(i) + 1, leaves.end(),
                     [&](const auto& l) { return l.first == leaves[i].first; });
    require(!last || names.size() > AutoColumns::kMaxColumns || texts.contains(leaves[i].second),
            "nothing of an answer is missing from its columns", body);
  }
}

void try_flattening(const std::vector<std::string_view>& bodies) {
  AutoColumns columns;
  for (const std::string_view body : bodies) {
    columns.observe(body);
  }
  const std::vector<std::string> names = columns.names();
  require(names.size() <= AutoColumns::kMaxColumns + 1, "there are no more columns than promised");
  require(std::set<std::string>(names.begin(), names.end()).size() == names.size(),
          "no two columns have one name");
  require(std::none_of(names.begin(), names.end(), [](const auto& name) { return name.empty(); }),
          "every column has a name");
  std::vector<ColumnValue> values;
  for (const std::string_view body : bodies) {
    columns.extract(body, values);
    require(values.size() == names.size(), "every column has a value", body);
    require_same_slowly(columns, body, values);
    JsonDocument json;
    if (json.parse(body).ok()) {
      require_leaves(json, names, values, body);
    }
  }
}

}  // namespace

void one_input(std::string_view input) {
  constexpr char kRecordSeparator = '\x1e';
  Parts parts(input);
  const std::string pointer(parts.line());
  std::vector<std::string_view> bodies;
  while (!parts.empty() && bodies.size() < 10) {
    bodies.push_back(parts.until(kRecordSeparator));
  }
  try_columns(pointer.starts_with('/') ? pointer : "", bodies);
  try_flattening(bodies);
}

}  // namespace dogged::fuzz
