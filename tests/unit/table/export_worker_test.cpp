// SPDX-License-Identifier: MIT
#include "table/export_worker.h"

#include "base/units.h"

#include <doctest/doctest.h>

#include <random>

namespace dogged {
namespace {

TEST_CASE("the time of an answer is its ISO time, whatever the one before was") {
  const ExportLayout layout = [] {
    ExportLayout made({});
    made.complete({});
    return made;
  }();
  const auto place = layout.fixed(FixedColumn::fetched_at);
  FixedCells fixed;
  std::vector<ExportCell> cells(layout.names().size());
  std::mt19937_64 random(3);
  constexpr std::int64_t kDay = 86'400'000;
  for (int i = 0; i < 50'000; ++i) {
    // Few days, their first and last moments among them; one is before 1970, one beyond 9999.
    constexpr std::int64_t kDays[] = {-400, 0, 20'650, 20'651, 3'000'000};
    const std::int64_t moments[] = {0, 1, kDay - 1, static_cast<std::int64_t>(random() % kDay)};
    ExportRow row;
    row.fetched_at = from_ms(kDays[random() % 5] * kDay + moments[random() % 4]);
    fixed.fill(row, layout, cells);
    REQUIRE(cells[place].text == iso_time(*row.fetched_at));
  }
}

}  // namespace
}  // namespace dogged
