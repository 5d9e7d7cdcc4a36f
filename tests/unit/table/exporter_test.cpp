// SPDX-License-Identifier: MIT
#include "table/exporter.h"

#include "tests/unit/table/export_rows.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

struct Exported {
  std::string text;
  ExportReport report;
};

Exported exported(FakeRows& rows, const ExportOptions& options) {
  Exported result;
  result.report = export_rows(rows, options, [&](std::string_view piece) { result.text += piece; });
  CHECK(result.report.bytes == static_cast<std::int64_t>(result.text.size()));
  return result;
}

FakeRow rejected_row(std::string columns, std::string text, std::string reason) {
  FakeRow row;
  row.state = std::nullopt;
  row.columns = std::move(columns);
  row.rejected_text = std::move(text);
  row.error = std::move(reason);
  return row;
}

FakeRow answered(std::string columns, std::string key, std::string body) {
  FakeRow row;
  row.columns = std::move(columns);
  row.key = std::move(key);
  row.body = std::move(body);
  return row;
}

constexpr const char* kFetched = "2026-09-21T14:13:20.123Z";

TEST_CASE("a row has its own columns, what became of it, and the added ones") {
  FakeRow waiting = answered(R"({"id":"3","note":""})", "3", "");
  waiting.state = JobState::ready;
  waiting.http_status = 0;
  FakeRow failed = answered(R"({"id":"4","note":"n"})", "4", "");
  failed.state = JobState::failed;
  failed.http_status = 400;
  failed.error = "HTTP 400";
  FakeRow mended = answered(R"({"id":"5","note":"é"})", "05", R"({"a":null})");
  mended.mended = "leading zero";
  FakeRows rows({batch_of(1, {"id", "note"})},
                {answered(R"({"id":"1","note":"a,\"b\"\nc"})", "1", R"({"a":1.10,"b":"x"})"),
                 rejected_row(R"({"id":"??","note":"z"})", "??,z", "no ID"),
                 rejected_row("", "\"broken", "a quote is never closed"), waiting, failed, mended});
  ExportOptions options;
  options.columns = {{"a", "/a"}, {"b", ".b"}};

  const Exported csv = exported(rows, options);
  const std::string at = kFetched;
  CHECK(csv.text ==
        "id,note,key,state,http_status,fetched_at,error,mended,a,b\n"
        "1,\"a,\"\"b\"\"\nc\",1,done,200," +
            at +
            ",,,1.10,x\n"
            "??,z,,rejected,,,no ID,,,\n"
            "\"\"\"broken\",,,rejected,,,a quote is never closed,,,\n"
            "3,,3,ready,,,,,,\n"
            "4,n,4,failed,400,,HTTP 400,,,\n"
            "5,é,05,done,200," +
            at + ",,leading zero,,\n");
  CHECK(csv.report.rows == 6);
  CHECK(csv.report.warnings.empty());
  CHECK(exported(rows, options).text == csv.text);

  options.format = ExportFormat::json_lines;
  const Exported lines = exported(rows, options);
  CHECK(
      lines.text.substr(0, lines.text.find('\n')) ==
      R"({"id":"1","note":"a,\"b\"\nc","key":"1","state":"done","http_status":200,"fetched_at":")" +
          at + R"(","error":null,"mended":null,"a":1.10,"b":"x"})");
  CHECK(lines.text.find(R"({"id":"??","note":"z","key":null,"state":"rejected","http_status":null)"
                        R"(,"fetched_at":null,"error":"no ID","mended":null,"a":null,"b":null})") !=
        std::string::npos);
}

TEST_CASE("a list of one column has it filled with the key") {
  FakeRows rows({batch_of(1, {"company"}, "company")},
                {answered("", "7", "{}"), rejected_row("", "x y", "no ID")});
  CHECK(exported(rows, {}).text ==
        std::string("company,key,state,http_status,fetched_at,error,mended\n7,7,done,200,") +
            kFetched + ",,\nx y,,rejected,,,no ID,\n");
}

TEST_CASE("names that are taken give way to the input's") {
  FakeRows rows({batch_of(1, {"key", "state", "dogged_state", "name", "name"})},
                {answered(R"({"key":"1","state":"s","dogged_state":"d","name":"n","name_2":"m"})",
                          "1", R"({"n":"x"})")});
  ExportOptions options;
  options.columns = {{"name", "/n"}, {"error", "/e"}, {"free", "/n"}};
  CHECK(exported(rows, options).text ==
        std::string("key,state,dogged_state,name,name_2,dogged_key,dogged_dogged_state,http_status,"
                    "fetched_at,error,mended,answer_name,answer_error,free\n"
                    "1,s,d,n,m,1,done,200,") +
            kFetched + ",,,x,,x\n");
  const auto notes = exported(rows, options).report.notes;
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("'name' is called 'answer_name'") != std::string::npos);
  CHECK(notes[1].find("'error' is called 'answer_error'") != std::string::npos);
  options.columns = {{"free", "/n"}};
  options.auto_columns = true;
  CHECK(exported(rows, options).report.notes.empty());
}

TEST_CASE("several batches have the union of their headers, in order") {
  FakeRow second = answered(R"({"c":"3","a":"4"})", "4", "");
  second.batch = 2;
  FakeRow third = answered("", "9", "");
  third.batch = 3;
  FakeRows rows(
      {batch_of(1, {"a", "b"}, "a"), batch_of(2, {"c", "a"}, "a"), batch_of(3, {"b"}, "b")},
      {answered(R"({"a":"1","b":"2"})", "1", ""), second, third});
  CHECK(exported(rows, {}).text ==
        "a,b,c,key,state,http_status,fetched_at,error,mended\n"
        "1,2,,1,done,200,,,\n"
        "4,,3,4,done,200,,,\n"
        ",9,,9,done,200,,,\n");
  ExportOptions one;
  one.selection.batch = 2;
  CHECK(exported(rows, one).text ==
        "c,a,key,state,http_status,fetched_at,error,mended\n3,4,4,done,200,,,\n");
}

TEST_CASE("input values keep their JSON types") {
  FakeRows rows({batch_of(1, {"id", "n", "o", "l"})},
                {answered(R"({"id":"1","n":1.50,"o":{"x":[1]},"l":[true,null]})", "1", ""),
                 answered(R"({"id":"2","n":null,"o":true})", "2", "")});
  ExportOptions options;
  const std::string csv = exported(rows, options).text;
  CHECK(csv.find("1,1.50,\"{\"\"x\"\":[1]}\",\"[true,null]\",1,done") != std::string::npos);
  CHECK(csv.find("2,,true,,2,done") != std::string::npos);
  options.format = ExportFormat::json_lines;
  const std::string lines = exported(rows, options).text;
  CHECK(lines.find(R"({"id":"1","n":1.50,"o":{"x":[1]},"l":[true,null],"key")") !=
        std::string::npos);
  CHECK(lines.find(R"({"id":"2","n":null,"o":true,"l":null,"key")") != std::string::npos);
}

TEST_CASE("of a name that a row has again and again the last value counts") {
  FakeRows rows({batch_of(1, {"id", "a"})},
                {answered(R"({"id":"1","a":[1],"a":[2],"a":{"b":3},"a":[4]})", "1", "")});
  CHECK(exported(rows, {}).text.find("1,[4],1,done") != std::string::npos);
}

TEST_CASE("a batch without a header has the columns that its rows name") {
  FakeRows rows({batch_of(1, {})},
                {answered(R"({"a":"1"})", "1", ""), answered(R"({"b":"2"})", "2", ""),
                 rejected_row("", "!", "no")});
  CHECK(exported(rows, {}).text ==
        "a,b,key,state,http_status,fetched_at,error,mended\n"
        "1,,1,done,200,,,\n"
        ",2,2,done,200,,,\n"
        ",,!,rejected,,,no,\n");
}

TEST_CASE("columns that no header names are left out and told of") {
  FakeRows rows({batch_of(1, {"a"})}, {answered(R"({"a":"1","b":"2"})", "1", "")});
  const Exported result = exported(rows, {});
  CHECK(result.text.find("1,1,done") != std::string::npos);
  REQUIRE(result.report.warnings.size() == 1);
  CHECK(result.report.warnings[0].find("'b'") != std::string::npos);
}

TEST_CASE("automatic columns come from the answers, in two passes over one snapshot") {
  FakeRow missing = answered("", "3", R"({"message":"no such thing"})");
  missing.state = JobState::not_found;
  missing.http_status = 404;
  FakeRows rows({batch_of(1, {"id"})},
                {answered("", "1", R"({"name":"x","id":1})"),
                 answered("", "2", R"({"price":{"eur":2.50},"name":"y"})"), missing});
  ExportOptions options;
  options.auto_columns = true;
  const std::string at = kFetched;
  CHECK(exported(rows, options).text ==
        "id,key,state,http_status,fetched_at,error,mended,name,answer_id,price.eur\n"
        "1,1,done,200," +
            at +
            ",,,x,1,\n"
            "2,2,done,200," +
            at +
            ",,,y,,2.50\n"
            "3,3,not_found,404," +
            at + ",,,,,\n");
  CHECK(rows.passes() == 2);
  options.columns = {{"name", "/name"}};
  CHECK(exported(rows, options).text.find("mended,name,name_2,answer_id") != std::string::npos);
}

TEST_CASE("no answer at all still gives every row its line") {
  FakeRows rows({batch_of(1, {"id"})}, {});
  ExportOptions options;
  options.auto_columns = true;
  const Exported result = exported(rows, options);
  CHECK(result.text == "id,key,state,http_status,fetched_at,error,mended\n");
  CHECK(result.report.rows == 0);
}

TEST_CASE("for Excel: mark, delimiter, line ends, and text that stays text") {
  FakeRows rows({batch_of(1, {"id", "=note"})},
                {answered(R"({"id":"00123","=note":"a;b"})", "00123",
                          R"({"n":1.10,"big":12345678901234567890,"f":"=1+1"})")});
  ExportOptions options;
  options.excel = true;
  options.delimiter = ';';
  options.columns = {{"n", "/n"}, {"big", "/big"}, {"f", "/f"}};
  CHECK(
      exported(rows, options).text ==
      std::string("\xEF\xBB\xBFid;\"=\"\"=note\"\"\";key;state;http_status;fetched_at;error;mended;"
                  "n;big;f\r\n\"=\"\"00123\"\"\";\"a;b\";\"=\"\"00123\"\"\";done;200;") +
          kFetched + ";;;1,10;\"=\"\"12345678901234567890\"\"\";\"=\"\"=1+1\"\"\"\r\n");
}

TEST_CASE("filters that fail and digits that are lost are told of once") {
  FakeRows rows({batch_of(1, {"id"})},
                {answered("", "1", R"({"a":"12345678901234567"})"),
                 answered("", "2", R"({"a":"x"})"), answered("", "3", R"({"a":"y"})")});
  ExportOptions options;
  options.columns = {{"n", ".a | tonumber"}};
  const Exported result = exported(rows, options);
  REQUIRE(result.report.warnings.size() == 2);
  CHECK(result.report.warnings[0].find("a filter failed 2 times") != std::string::npos);
  CHECK(result.report.warnings[0].find("column 'n'") != std::string::npos);
  CHECK(result.report.warnings[1].find("2^53") != std::string::npos);
}

TEST_CASE("an added column that no answer fills is told of, with what there is") {
  FakeRow nowhere = answered(R"({"id":"2"})", "2", R"({"message":"gone"})");
  nowhere.state = JobState::not_found;
  FakeRows rows({batch_of(1, {"id"})},
                {answered(R"({"id":"1"})", "1", R"({"name":"x","note":""})"), nowhere});
  ExportOptions options;
  options.columns = {{"n", "/name"}, {"typo", ".nmae"}, {"slip", "/nam"}};
  const auto warnings = exported(rows, options).report.warnings;
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] ==
        "the column 'typo' is empty in every answer (1 in all); `dogged fields` lists what they "
        "have");
  CHECK(warnings[1].find("'slip'") != std::string::npos);
  // Without an answer nothing is known.
  FakeRows none({batch_of(1, {"id"})}, {nowhere});
  CHECK(exported(none, options).report.warnings.empty());
}

TEST_CASE("columns that cannot be are refused before anything is written") {
  FakeRows rows({batch_of(1, {"id"})}, {answered("", "1", "{}")});
  ExportOptions options;
  options.columns = {{"a", "/a"}, {"a", "/b"}};
  bool wrote = false;
  try {
    export_rows(rows, options, [&](std::string_view) { wrote = true; });
    FAIL("two columns of one name were taken");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    CHECK(std::string(error.what()) == "two columns are named 'a'");
  }
  CHECK_FALSE(wrote);
}

TEST_CASE("an export is ended between any two rows, of the look ahead too") {
  const std::vector<FakeRow> three(3, answered("", "k", R"({"a":1})"));
  for (const int rows_before : {0, 2, 3, 5}) {
    FakeRows rows({batch_of(1, {"id"})}, three);
    ExportOptions options;
    options.auto_columns = true;
    int left = rows_before;
    options.before_row = [&left] {
      if (left-- == 0) {
        throw Error("ended");
      }
    };
    CHECK_THROWS_WITH_AS(export_rows(rows, options, [](std::string_view) {}), "ended", Error);
    CHECK(rows.passes() == (rows_before < 3 ? 1 : 2));
  }
}

TEST_CASE("a large export comes in pieces") {
  std::vector<FakeRow> many(20'000,
                            answered("", "k", R"({"a":"0123456789012345678901234567890"})"));
  FakeRows rows({batch_of(1, {"id"})}, std::move(many));
  ExportOptions options;
  options.columns = {{"a", "/a"}};
  std::size_t largest = 0;
  std::int64_t pieces = 0;
  const ExportReport report = export_rows(rows, options, [&](std::string_view piece) {
    largest = std::max(largest, piece.size());
    ++pieces;
  });
  CHECK(report.rows == 20'000);
  CHECK(pieces > 3);
  CHECK(largest < 300'000);
}

}  // namespace
}  // namespace dogged
