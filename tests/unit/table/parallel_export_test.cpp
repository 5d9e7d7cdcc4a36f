// SPDX-License-Identifier: MIT
#include "table/exporter.h"
#include "tests/unit/table/export_rows.h"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

namespace dogged {
namespace {

constexpr std::int64_t kRows = 9'000;

// Answers of which some have fields that none before them had, some no JSON, and some fail a
// filter.
std::vector<FakeRow> rows_of_all_kinds() {
  std::vector<FakeRow> rows;
  for (std::int64_t i = 1; i <= kRows; ++i) {
    const std::string number = std::to_string(i);
    FakeRow row;
    row.columns = R"({"id":")" + number + R"(","note":"a,b"})";
    row.key = number;
    row.body = R"({"n":)" + number + R"(.50,"s":"x\ny"})";
    if (i % 1'500 == 0) {
      row.body = R"({"n":"text","late_)" + number + R"(":[{"k":true}]})";
    } else if (i % 1'001 == 0) {
      row.body = "no JSON";
    } else if (i % 1'002 == 0) {
      row.state = std::nullopt;
      row.rejected_text = "??," + number;
      row.error = "no ID";
    } else if (i % 1'003 == 0) {
      row.columns = R"({"id":")" + number + R"(","stray_)" + number + R"(":1})";
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

struct Exported {
  std::string text;
  ExportReport report;
};

Exported exported_by(std::size_t readers, const std::vector<FakeRow>& rows, BatchInfo batch,
                     const ExportOptions& options) {
  batch.rows = std::ssize(rows);
  std::deque<FakeRows> fakes;
  std::vector<StoreReader*> pointers;
  for (std::size_t i = 0; i < readers; ++i) {
    pointers.push_back(&fakes.emplace_back(std::vector{batch}, rows));
  }
  Exported result;
  result.report =
      export_rows(pointers, options, [&](std::string_view piece) { result.text += piece; });
  return result;
}

void require_same_for_any_number(BatchInfo batch, const ExportOptions& options) {
  const std::vector<FakeRow> rows = rows_of_all_kinds();
  const Exported alone = exported_by(1, rows, batch, options);
  CHECK(alone.report.rows == kRows);
  for (const std::size_t readers : {2U, 3U, 5U}) {
    CAPTURE(readers);
    const Exported together = exported_by(readers, rows, batch, options);
    CHECK(together.text == alone.text);
    CHECK(together.report.rows == alone.report.rows);
    CHECK(together.report.bytes == alone.report.bytes);
    CHECK(together.report.warnings == alone.report.warnings);
  }
}

TEST_CASE("the bytes and the warnings do not depend on how many read: named columns") {
  ExportOptions options;
  options.columns = {{"n", "/n"}, {"twice", ".n * 2"}, {"never", "/nowhere"}, {"t", ".n|tostring"}};
  require_same_for_any_number(batch_of(1, {"id", "note"}, "id"), options);
  options.format = ExportFormat::json_lines;
  require_same_for_any_number(batch_of(1, {"id", "note"}, "id"), options);
}

TEST_CASE("the bytes and the warnings do not depend on how many read: automatic columns") {
  ExportOptions options;
  options.auto_columns = true;
  require_same_for_any_number(batch_of(1, {"id", "note"}, "id"), options);
}

TEST_CASE("the bytes and the warnings do not depend on how many read: no header, several batches") {
  ExportOptions options;
  require_same_for_any_number(batch_of(1, {}), options);
  options.selection.states = {JobState::done};
  std::vector<FakeRow> rows = rows_of_all_kinds();
  const Exported some = exported_by(3, rows, batch_of(1, {}), options);
  CHECK(some.text == exported_by(1, rows, batch_of(1, {}), options).text);
  CHECK(some.report.rows < kRows);
}

TEST_CASE("more rows than the batch says are exported all the same") {
  const std::vector<FakeRow> rows = rows_of_all_kinds();
  BatchInfo batch = batch_of(1, {"id", "note"}, "id");
  batch.rows = 3'000;
  FakeRows first({batch}, rows);
  FakeRows second({batch}, rows);
  const ExportReport report =
      export_rows(std::vector<StoreReader*>{&first, &second}, {}, [](std::string_view) {});
  CHECK(report.rows == kRows);
}

TEST_CASE("past a thousand automatic columns the rest is the same for any number") {
  std::vector<FakeRow> rows;
  for (int i = 0; i < 5'000; ++i) {
    FakeRow row;
    row.key = std::to_string(i);
    row.body = R"({"a":1,"f)" + std::to_string((i * 7) % 1'700) + R"(":2})";
    rows.push_back(std::move(row));
  }
  ExportOptions options;
  options.auto_columns = true;
  const BatchInfo batch = batch_of(1, {"id"}, "id");
  const Exported alone = exported_by(1, rows, batch, options);
  CHECK(alone.report.warnings.size() == 1);
  const Exported together = exported_by(3, rows, batch, options);
  CHECK(together.text == alone.text);
  CHECK(together.report.warnings == alone.report.warnings);
}

}  // namespace
}  // namespace dogged
