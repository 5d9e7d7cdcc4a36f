// SPDX-License-Identifier: MIT
#include "table/column_set.h"

#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace dogged {
namespace {

std::unique_ptr<ColumnSet> compiled(const std::string& expression, const std::string& lang = "1") {
  auto set = ColumnSet::compile({{"x", expression}}, lang);
  REQUIRE_MESSAGE(set.ok(), (set.ok() ? "" : set.error()));
  return std::move(set).value();
}

ColumnValue value_of(ColumnSet& set, std::string_view body) {
  std::vector<ColumnValue> values;
  set.extract(body, values);
  REQUIRE(values.size() == 1);
  return values[0];
}

ColumnValue value_of(const std::string& expression, std::string_view body) {
  return value_of(*compiled(expression), body);
}

std::string fault_of(const std::vector<ColumnSpec>& specs) {
  const auto set = ColumnSet::compile(specs, "");
  return set.ok() ? "compiles" : set.error();
}

TEST_CASE("values come as text for CSV and as JSON") {
  struct Case {
    std::string expression, body, text, json;
  };
  const std::vector<Case> cases = {
      {"/a", R"({"a":"x\"y"})", "x\"y", R"("x\"y")"},
      {"/a", R"({"a":null})", "", "null"},
      {"/b", R"({"a":1})", "", "null"},
      {"/a", R"({"a":1.10})", "1.10", "1.10"},
      {"/a", R"({"a":12345678901234567890})", "12345678901234567890", "12345678901234567890"},
      {"/a", R"({"a":true})", "true", "true"},
      {"/a", R"({"a":[1, {"b": "ä"}]})", R"([1,{"b":"ä"}])", R"([1,{"b":"ä"}])"},
      {"", R"( {"a": 1e400} )", R"({"a":1e400})", R"({"a":1e400})"},
      {"/a/1/b", R"({"a":[1,{"b":2}]})", "2", "2"},
      {".a", R"({"a":"x\"y"})", "x\"y", R"("x\"y")"},
      {".a", R"({"a":null})", "", "null"},
      {".a.b", R"({})", "", "null"},
      {"empty", R"({})", "", "null"},
      {".a", R"({"a":false})", "false", "false"},
      {".a", R"({"a":{"z":[],"b":{},"c":"\u0001"}})", R"({"z":[],"b":{},"c":"\u0001"})",
       R"({"z":[],"b":{},"c":"\u0001"})"},
      {".[]", R"([1,"a",null,[2]])", R"([1,"a",null,[2]])", R"([1,"a",null,[2]])"},
      {".[]", R"(["one"])", "one", "\"one\""},
      {"[]", "{}", "[]", "[]"},
      {".a[] | select(.k == \"x\").v", R"({"a":[{"k":"y","v":1},{"k":"x","v":2}]})", "2", "2"},
      {"$lang", "{}", "1", "\"1\""},
      {".", R"("a\u0000b")", std::string("a\0b", 3), R"("a\u0000b")"},
      {". # a comment", "7", "7", "7"},
      {"def twice: . * 2; .a | twice", R"({"a":4})", "8", "8"},
      {"/a", "no json", "", "null"},
      {".a", "", "", "null"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expression);
    CAPTURE(c.body);
    const ColumnValue value = value_of(c.expression, c.body);
    CHECK(value.text == c.text);
    CHECK(value.json == c.json);
  }
}

TEST_CASE("numbers keep their digits through jq") {
  struct Case {
    std::string expression, body, json;
  };
  const std::vector<Case> cases = {
      {".a", R"({"a":1.10})", "1.10"},
      {".a", R"({"a":100.00,"b":100})", "100.00"},
      {"{b: .a}", R"({"a":-0.50})", R"({"b":-0.50})"},
      {".", R"([1.0,1.00,1,1E2,-0])", "[1.0,1.00,1,1E2,-0]"},
      {"sort | .[0]", "[2.50,1.50]", "1.50"},
      // What a double does not carry is a string to jq.
      {".a", R"({"a":12345678901234567890})", R"("12345678901234567890")"},
      {".a", R"({"a":9007199254740993})", R"("9007199254740993")"},
      {".a", R"({"a":9007199254740992})", "9007199254740992"},
      {".a", R"({"a":-9007199254740993})", R"("-9007199254740993")"},
      {".a", R"({"a":0.12345678901234567890})", R"("0.12345678901234567890")"},
      {".a", R"({"a":0.1234567890123456})", "0.1234567890123456"},
      {".a", R"({"a":1e400})", R"("1e400")"},
      {".a", R"({"a":1e-400})", R"("1e-400")"},
      {".a", R"({"a":6.02e23})", "6.02e23"},
      {".a", R"({"a":0.0000001})", "0.0000001"},
      {".a", R"({"a":0e0})", "0e0"},
      // What jq computed has jq's digits, whatever the answer holds elsewhere.
      {".a | length", R"({"a":[2.00,1]})", "2"},
      {".a + 0", R"({"a":1.10})", "1.1"},
      {".a + .b", R"({"a":1.50,"b":1.50,"c":3.00})", "3"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expression);
    CAPTURE(c.body);
    const auto set = compiled(c.expression);
    CHECK(value_of(*set, c.body).json == c.json);
    CHECK_FALSE(set->digits_lost());
  }
}

TEST_CASE("a number computed beyond 2^53 is told of") {
  const auto set = compiled(".a | tonumber");
  CHECK(value_of(*set, R"({"a":12})").text == "12");
  CHECK_FALSE(set->digits_lost());
  value_of(*set, R"({"a":12345678901234567890})");
  CHECK(set->digits_lost());
}

TEST_CASE("digits that a filter's words may lose are told of, with the column") {
  struct Case {
    std::string expression, body, warning;  // empty: none
  };
  const std::vector<Case> cases = {
      {".p|tostring", R"({"p":1.10})", "1.10 as 1.1"},
      {R"jq("\(.p)")jq", R"({"p":1.10})", "1.10 as 1.1"},
      {".|tojson", R"([{"p":1e2}])", "1.10 as 1.1"},
      {".n < 5000", R"({"n":12345678901234567890})", "beyond 2^53"},
      {".p", R"({"p":1.10,"n":12345678901234567890})", ""},
      {".p|tostring", R"({"p":1.5,"q":12,"s":"1.10"})", ""},
      {".n < 5000", R"({"n":4999,"p":1.10})", ""},
      {R"(.kind == "a")", R"({"n":12345678901234567890})", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expression);
    const auto set = compiled(c.expression);
    value_of(*set, "{}");
    CHECK_FALSE(set->digits_lost());
    value_of(*set, c.body);
    value_of(*set, c.body);
    CHECK(set->digits_lost() != c.warning.empty());
    const std::vector<std::string> warnings = set->digit_warnings();
    REQUIRE(warnings.size() == (c.warning.empty() ? 0 : 1));
    if (!warnings.empty()) {
      CHECK(warnings[0].find("column 'x'") == 0);
      CHECK(warnings[0].find(c.warning) != std::string::npos);
    }
  }
}

TEST_CASE("a filter that fails gives nothing and is counted") {
  const auto set = compiled("1, (.a | error(\"bad \" + .))");
  CHECK(set->filter_failures() == 0);
  const ColumnValue value = value_of(*set, R"({"a":"luck"})");
  CHECK(value.text.empty());
  CHECK(value.json == "null");
  value_of(*set, R"({"a":"day"})");
  CHECK(set->filter_failures() == 2);
  CHECK(set->first_filter_failure() == "column 'x': bad luck");
}

TEST_CASE("a filter works again after it failed or was left in the middle") {
  const auto set = compiled("if .a then error(\"no\") else .b[] end");
  value_of(*set, R"({"a":true})");
  CHECK(value_of(*set, R"({"b":[1,2]})").text == "[1,2]");
  const auto endless = compiled("repeat(1)");
  CHECK(value_of(*endless, "{}").text.empty());
  CHECK(endless->filter_failures() == 1);
  CHECK(value_of(*endless, "{}").json == "null");
}

TEST_CASE("an answer too deep for jq is a failure of the filter, not of a pointer") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  const auto set = compiled("length");
  CHECK(value_of(*set, nested(1'000)).text == "1");
  CHECK(value_of(*set, nested(1'001)).text.empty());
  CHECK(value_of(*set, nested(200'000)).text.empty());
  CHECK(set->filter_failures() == 2);
  CHECK(value_of("/0/0", nested(5'000)).text == nested(4'998));
}

TEST_CASE("a filter builds any depth") {
  CHECK(value_of("reduce range(3000) as $i (0; [.])", "{}").text ==
        std::string(3000, '[') + "0" + std::string(3000, ']'));
}

TEST_CASE("filters see no environment, no files, no further input") {
  REQUIRE(setenv("DOGGED_SECRET", "hush", 1) == 0);  // NOLINT(concurrency-mt-unsafe)
  for (const std::string expression :
       {"$ENV", "$ENV.DOGGED_SECRET", "def f: $ENV; f", "env", "env.DOGGED_SECRET", "input",
        "[inputs]", "\"x\" | modulemeta", "halt", "\"x\" | halt_error", "input_filename"}) {
    CAPTURE(expression);
    CHECK(value_of(expression, "{}").json.find("hush") == std::string::npos);
  }
  CHECK(value_of("$ENV | length", "{}").text == "0");
  CHECK(value_of("[debug, stderr]", "1").text == "[1,1]");
  CHECK(fault_of({{"x", "import \"a\" as a; ."}}).find("syntax error") != std::string::npos);
  CHECK(fault_of({{"x", "include \"a\"; ."}}).find("syntax error") != std::string::npos);
}

TEST_CASE("the user's own ~/.jq changes no filter") {
  const char* const home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  const std::string before = home != nullptr ? home : "/";
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / ".jq") << "def select(f): \"from home\"; def own: 1;";
  REQUIRE(setenv("HOME", directory.path().c_str(), 1) == 0);  // NOLINT(concurrency-mt-unsafe)
  CHECK(value_of("select(.a == 1) | .a", R"({"a":1})").text == "1");
  CHECK(fault_of({{"x", "own"}}).find("not defined") != std::string::npos);
  CHECK(std::getenv("HOME") == directory.path().string());  // NOLINT(concurrency-mt-unsafe)
  REQUIRE(setenv("HOME", before.c_str(), 1) == 0);          // NOLINT(concurrency-mt-unsafe)
}

TEST_CASE("what does not compile is refused with what is wrong") {
  CHECK(fault_of({{"a", "/x"}, {"b", ".x"}, {"c", ""}}) == "compiles");
  CHECK(fault_of({{"a", ".x | foo"}}) ==
        "column 'a': '.x | foo' is no jq filter: foo/0 is not defined");
  CHECK(fault_of({{"a", ".x |"}}) ==
        "column 'a': '.x |' is no jq filter: syntax error, unexpected $end");
  CHECK(fault_of({{"a", "title"}}).find("the field of that name is '/title'") != std::string::npos);
  CHECK(
      fault_of({{"a", "results.name"}}).find("did you mean '.results.name' or '/results/name'?") !=
      std::string::npos);
  CHECK(fault_of({{"a", "results[0].name"}})
            .find("did you mean '.results[0].name' or '/results/0/name'?") != std::string::npos);
  CHECK(fault_of({{"a", ".x | y.z"}}).find("did you mean") == std::string::npos);
  CHECK(fault_of({{"a", "/x~2"}}).find("is no JSON pointer") != std::string::npos);
  CHECK(fault_of({{"a", "/x"}, {"a", "/y"}}) == "two columns are named 'a'");
  CHECK(fault_of({{"", "/x"}}).find("no name") != std::string::npos);
}

}  // namespace
}  // namespace dogged
