// SPDX-License-Identifier: MIT
#include "table/auto_columns.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

using Names = std::vector<std::string>;

// Each answer's values as name=text, those that are not empty.
std::vector<Names> table_of(const std::vector<std::string>& bodies, Names& names) {
  AutoColumns columns;
  for (const std::string& body : bodies) {
    columns.observe(body);
  }
  names = columns.names();
  std::vector<Names> rows;
  std::vector<ColumnValue> values;
  for (const std::string& body : bodies) {
    columns.extract(body, values);
    REQUIRE(values.size() == names.size());
    Names& row = rows.emplace_back();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].json != "null") {
        row.push_back(names[i] + "=" + values[i].text);
      }
    }
  }
  return rows;
}

TEST_CASE("objects and arrays of one element are flattened, other arrays are JSON text") {
  Names names;
  const auto rows = table_of({R"({"a":{"b":1.10,"c":[{"d":"x"}]},"e":[1,{"f":2}],"g":[],"h":{}})",
                              R"({"e":[{"f":true}],"z":null,"a":{"c":{"d":"y"}}})"},
                             names);
  CHECK(names == Names{"a.b", "a.c.d", "e", "g", "e.f", "z"});
  CHECK(rows[0] == Names{"a.b=1.10", "a.c.d=x", "e=[1,{\"f\":2}]", "g=[]"});
  CHECK(rows[1] == Names{"a.c.d=y", "e.f=true"});
}

TEST_CASE("a root that is no object is the column value") {
  Names names;
  const auto rows =
      table_of({"7", "[1,2]", "[\"x\"]", "null", R"([{"a":1}])", "[]", "broken"}, names);
  CHECK(names == Names{"value", "a"});
  CHECK(rows[0] == Names{"value=7"});
  CHECK(rows[1] == Names{"value=[1,2]"});
  CHECK(rows[2] == Names{"value=x"});
  CHECK(rows[3] == Names{});
  CHECK(rows[4] == Names{"a=1"});
  CHECK(rows[5] == Names{"value=[]"});
  CHECK(rows[6] == Names{});
}

TEST_CASE("two fields that would have one name are told apart") {
  Names names;
  const auto rows = table_of({R"({"a.b":1,"a":{"b":2},"c/d":3,"e~f":4,"g":5,"g":6})"}, names);
  CHECK(names == Names{"a.b", "a.b_2", "c/d", "e~f", "g"});
  CHECK(rows[0] == Names{"a.b=1", "a.b_2=2", "c/d=3", "e~f=4", "g=6"});
}

TEST_CASE("past 1,000 columns the rest is JSON text in one more") {
  std::string wide = "{\"more\":\"taken\"";
  for (int i = 0; i < 1'100; ++i) {
    wide += fmt::format(",\"c{}\":{}", i, i);
  }
  wide += "}";
  AutoColumns columns;
  columns.observe(wide);
  columns.observe(R"({"late":{"x":"y"}})");
  CHECK(columns.overflowed());
  const Names names = columns.names();
  REQUIRE(names.size() == 1'001);
  CHECK(names.back() == "more_2");
  std::vector<ColumnValue> values;
  columns.extract(R"({"c5":55,"late":{"x":"y"},"c1050":1.0})", values);
  CHECK(values[6].text == "55");
  CHECK(values.back().json == R"({"late.x":"y","c1050":1.0})");
  CHECK(values.back().text == values.back().json);
  columns.extract(R"({"c5":55})", values);
  CHECK(values.back().json == "null");
  CHECK(values.back().text.empty());
}

TEST_CASE("what lies deep stays JSON text") {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) {
    deep += "{\"a\":";
  }
  deep += "1" + std::string(50'000, '}');
  Names names;
  const auto rows = table_of({deep}, names);
  REQUIRE(names.size() == 1);
  CHECK(names[0].size() == 2 * LeafWalk::kMaxDepth - 1);
  CHECK(rows[0].size() == 1);
}

}  // namespace
}  // namespace dogged
