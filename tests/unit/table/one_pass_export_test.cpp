// SPDX-License-Identifier: MIT
// Exports into a sink that can be started over, beside those into one that cannot.
#include "table/exporter.h"
#include "tests/unit/table/export_rows.h"

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace dogged {
namespace {

constexpr std::int64_t kRows = 30'100;  // sixteen ranges

struct Exported {
  std::string text;
  ExportReport report;
  int restarts = 0;
  int passes = 0;  // over all rows, about
};

Exported exported(const std::vector<FakeRow>& rows, ExportOptions options, std::size_t readers,
                  bool one_pass) {
  BatchInfo batch = batch_of(1, {"id"}, "id");
  batch.rows = std::ssize(rows);
  std::deque<FakeRows> fakes;
  std::vector<StoreReader*> pointers;
  for (std::size_t i = 0; i < readers; ++i) {
    pointers.push_back(&fakes.emplace_back(std::vector{batch}, rows));
  }
  Exported result;
  if (one_pass) {
    options.start_over = [&result] {
      result.text.clear();
      ++result.restarts;
    };
  }
  result.report =
      export_rows(pointers, options, [&](std::string_view piece) { result.text += piece; });
  for (const FakeRows& fake : fakes) {
    result.passes += fake.passes();
  }
  return result;
}

ExportOptions automatic(ExportFormat format = ExportFormat::csv) {
  ExportOptions options;
  options.auto_columns = true;
  options.format = format;
  return options;
}

void require_same(const std::vector<FakeRow>& rows, const ExportOptions& options, int restarts) {
  const Exported wanted = exported(rows, options, 1, false);
  CHECK(wanted.restarts == 0);
  for (const std::size_t readers : {1U, 3U}) {
    CAPTURE(readers);
    const Exported tried = exported(rows, options, readers, true);
    CHECK(tried.text == wanted.text);
    CHECK(tried.restarts == restarts);
    CHECK(tried.report.rows == wanted.report.rows);
    CHECK(tried.report.bytes == wanted.report.bytes);
    CHECK(tried.report.warnings == wanted.report.warnings);
  }
}

std::vector<FakeRow> rows_with(const std::function<std::string(std::int64_t)>& body) {
  std::vector<FakeRow> rows;
  for (std::int64_t i = 0; i < kRows; ++i) {
    FakeRow row;
    row.key = std::to_string(i);
    row.body = body(i);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string usual(std::int64_t i) {
  return R"({"a":)" + std::to_string(i) + R"(.50,"b":{"c":"x,\"y\""},"e":[1, 2]})";
}

TEST_CASE("answers of one kind are written at once") {
  const std::vector<FakeRow> rows = rows_with(usual);
  require_same(rows, automatic(), 0);
  require_same(rows, automatic(ExportFormat::json_lines), 0);
  // One look at the first range, and one at each.
  CHECK(exported(rows, automatic(), 1, true).passes == 17);
}

TEST_CASE("a column that only a late answer has stands where it would have stood") {
  for (const std::int64_t late : {std::int64_t{1'999}, std::int64_t{2'000}, kRows - 1}) {
    CAPTURE(late);
    const std::vector<FakeRow> rows = rows_with([late](std::int64_t i) {
      return i == late ? R"({"z":1,"a":2,"b":[{"d":true}],"z":3})" : usual(i);
    });
    const int restarts = late < 2'000 ? 0 : 1;
    require_same(rows, automatic(), restarts);
  }
  const std::vector<FakeRow> rows =
      rows_with([](std::int64_t i) { return i == 9'000 ? std::string(R"({"z":1})") : usual(i); });
  ExportOptions excel = automatic();
  excel.excel = true;
  excel.delimiter = ';';
  require_same(rows, excel, 1);
  require_same(rows, automatic(ExportFormat::json_lines), 1);
}

TEST_CASE("late columns of many answers come in the order of these") {
  std::mt19937 random(5);
  const std::vector<FakeRow> rows = rows_with([&random](std::int64_t i) {
    return random() % 100 == 0 ? R"({"late_)" + std::to_string(random() % 300) + R"(":{"k":1}})"
                               : usual(i);
  });
  require_same(rows, automatic(), 1);
}

TEST_CASE("what comes late past a thousand columns is the same too") {
  const auto body_up_to = [](std::int64_t fields, bool late) {
    std::string body = "{\"f0\":0";
    for (std::int64_t i = 1; i < fields; ++i) {
      body += ",\"f" + std::to_string(i) + "\":" + std::to_string(i);
    }
    return body + (late ? ",\"late\":[{\"x\":1}],\"later\":2}" : "}");
  };
  // Three columns there are besides.
  for (const std::int64_t early : {996, 997, 998}) {
    CAPTURE(early);
    const std::vector<FakeRow> rows = rows_with([&](std::int64_t i) {
      return i == 5 ? body_up_to(early, false) : i == 30'000 ? body_up_to(2, true) : usual(i % 7);
    });
    // Whoever has `more` already is not surprised.
    require_same(rows, automatic(), early == 998 ? 0 : 1);
  }
}

TEST_CASE("rows without answers, rejected ones and what is no JSON are no surprise") {
  std::vector<FakeRow> rows = rows_with([](std::int64_t i) {
    return i % 5 == 0 ? "" : i % 7 == 0 ? "no {JSON" : usual(i);
  });
  for (std::size_t i = 0; i < rows.size(); i += 11) {
    rows[i].state = std::nullopt;
    rows[i].rejected_text = "??";
    rows[i].error = "no ID";
    rows[i].body.clear();
  }
  for (std::size_t i = 3; i < rows.size(); i += 1'001) {
    rows[i].state = JobState::not_found;
    rows[i].body = R"({"detail":"nothing of that ID"})";
  }
  require_same(rows, automatic(), 0);
  const std::vector<FakeRow> empty = rows_with([](std::int64_t) { return ""; });
  require_same(empty, automatic(), 0);
}

TEST_CASE("named columns, failing filters and their warnings are counted once") {
  const std::vector<FakeRow> rows = rows_with([](std::int64_t i) {
    return i == 20'000 ? R"({"new":1})" : i % 3 == 0 ? R"({"a":"text"})" : usual(i);
  });
  ExportOptions options = automatic();
  options.columns = {{"twice", ".a * 2 | . + 1"}, {"never", "/nowhere"}, {"new", "/a"}};
  require_same(rows, options, 1);
}

TEST_CASE("few rows, and rows of a list without a header, are looked at first") {
  std::vector<FakeRow> rows = rows_with(usual);
  rows.resize(9'000);
  rows.back().body = R"({"late":1})";
  require_same(rows, automatic(), 0);

  rows = rows_with(usual);
  rows[20'000].columns = R"({"own":1})";
  rows[30'000].body = R"({"late":1})";
  BatchInfo batch = batch_of(1, {});
  batch.rows = kRows;
  FakeRows plain({batch}, rows);
  std::string wanted;
  export_rows(plain, automatic(), [&](std::string_view piece) { wanted += piece; });
  ExportOptions options = automatic();
  options.start_over = [] { FAIL("there is nothing to start over"); };
  std::string text;
  export_rows(plain, options, [&](std::string_view piece) { text += piece; });
  CHECK(text == wanted);
}

TEST_CASE("an export that is started over is ended between any two rows") {
  const std::vector<FakeRow> rows = rows_with(
      [](std::int64_t i) { return i == 5'000 ? std::string(R"({"late":1})") : usual(i); });
  for (const int allowed : {1, 3'000, 10'000, 40'000, 60'000}) {
    CAPTURE(allowed);
    ExportOptions options = automatic();
    int left = allowed;
    options.before_row = [&left] {
      if (left-- == 0) {
        throw Error("enough");
      }
    };
    CHECK_THROWS_WITH_AS(exported(rows, options, 1, true), "enough", Error);
  }
}

// The keys that answers have, at random, in any order, again and again.
TEST_CASE("random answers give the same file, in one pass or in two") {
  std::mt19937 random(11);
  const std::function<std::string(int)> value = [&](int depth) -> std::string {
    const char* const scalars[] = {
        "null", "true",    "12345678901234567890",     "1.10",     "-0e-7",
        "\"\"", "\"a,b\"", R"("\u00e4\ud83d\n\"q\"")", "\"=1+1\"", "1e400"};
    const unsigned kind = random() % (depth > 0 ? 6 : 3);
    if (kind < 3) {
      return scalars[random() % std::size(scalars)];
    }
    std::string text = kind == 3 ? "[" : "{";
    const unsigned members = random() % 4;
    for (unsigned i = 0; i < members; ++i) {
      text += i > 0 ? (random() % 2 == 0 ? ", " : ",") : "";
      if (kind != 3) {
        text += std::string("\"") + "abc./~"[random() % 6] + "\":";
      }
      text += value(depth - 1);
    }
    return text + (kind == 3 ? "]" : "}");
  };
  for (const ExportFormat format : {ExportFormat::csv, ExportFormat::json_lines}) {
    const std::int64_t deep_from = format == ExportFormat::csv ? 20'000 : kRows;
    const std::vector<FakeRow> rows =
        rows_with([&](std::int64_t i) { return value(i < deep_from ? 2 : 4); });
    const Exported wanted = exported(rows, automatic(format), 1, false);
    CHECK(exported(rows, automatic(format), 3, true).text == wanted.text);
  }
}

}  // namespace
}  // namespace dogged
