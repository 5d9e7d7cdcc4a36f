// SPDX-License-Identifier: MIT
#include "cli/render_table.h"

#include "base/json_document.h"
#include "cli/render_json.h"
#include "tests/unit/cli/captured_output.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

using Align = TableColumn::Align;

std::string table_of(std::vector<TableColumn> columns,
                     const std::vector<std::vector<std::string>>& rows) {
  CapturedOutput captured;
  TableWriter table(captured.out(), std::move(columns));
  for (const auto& row : rows) {
    table.add(row);
  }
  table.finish();
  return captured.text();
}

TEST_CASE("columns are as wide as their widest cell, and lines have no blanks at their end") {
  CHECK(table_of({{"key"}, {"n", Align::right}, {"error"}},
                 {{"a", "1", ""}, {"bcdef", "1000", "timed out"}}) ==
        "key       n  error\n"
        "a         1\n"
        "bcdef  1000  timed out\n");
}

TEST_CASE("a table without rows is its header") {
  CHECK(table_of({{"key"}, {"state"}}, {}) == "key  state\n");
}

TEST_CASE("letters of several bytes and wide characters are measured as terminals show them") {
  CHECK(table_of({{"name"}, {"x"}}, {{"Åbo", "1"}, {"東京", "2"}, {"e\u0301e", "3"}}) ==
        "name  x\nÅbo   1\n東京  2\ne\u0301e    3\n");
}

TEST_CASE("cells cannot steer a terminal or break the line, and long ones are cut") {
  CHECK(table_of({{"v", Align::left, 10}}, {{"\x1b[2J"}, {"a\nb"}, {"0123456789abc"}}) ==
        "v\n\\x1B[2J\na\\x0Ab\n0123456789...\n");
}

TEST_CASE("a row with too few cells is filled up") {
  CHECK(table_of({{"a"}, {"b"}}, {{"1"}}) == "a  b\n1\n");
}

TEST_CASE("rows are handed on once the first ones are measured, and wider ones keep their text") {
  CapturedOutput captured;
  TableWriter table(captured.out(), {{"a"}, {"b"}});
  for (std::size_t i = 1; i < TableWriter::kMeasured; ++i) {
    table.add({"x", "y"});
  }
  CHECK(captured.text().empty());
  table.add({"x", "y"});
  CHECK(captured.text().starts_with("a  b\nx  y\n"));
  table.add({"wider", "y"});
  CHECK(captured.text().ends_with("x  y\nwider  y\n"));
  const std::string before = captured.text();
  table.finish();
  CHECK(captured.text() == before);
}

TEST_CASE("CSV values are quoted where RFC 4180 wants it, and nowhere else") {
  const struct {
    const char* value;
    const char* csv;
  } cases[] = {{"", ""},
               {"a b", "a b"},
               {" a ", " a "},
               {"a,b", "\"a,b\""},
               {"a\"b", "\"a\"\"b\""},
               {"a\nb", "\"a\nb\""},
               {"a\rb", "\"a\rb\""},
               {"a;b", "a;b"}};
  for (const auto& c : cases) {
    std::string line;
    append_csv_value(line, c.value);
    CHECK(line == c.csv);
  }
}

TEST_CASE("a text is shown line by line, tabs as blanks, other controls made harmless") {
  CHECK(printable_lines("{\r\n\t\"a\": \x1b\n}") == "{\n  \"a\": \\x1B\n}\n");
  CHECK(printable_lines("one") == "one\n");
  CHECK(printable_lines("one\n\n") == "one\n\n");
  CHECK(printable_lines("").empty());
}

TEST_CASE("a JSON array joins its elements, and an empty text is null") {
  JsonArray array;
  CHECK(array.str() == "[]");
  array.add("1");
  array.add(string_or_null("a\"b"));
  array.add(string_or_null(""));
  CHECK(array.str() == R"([1,"a\"b",null])");
}

}  // namespace
}  // namespace dogged
