// SPDX-License-Identifier: MIT
#include "table/range_crew.h"

#include "base/error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

namespace dogged {
namespace {

void nothing() {}

// Range r is r's number, r % 7 times, each in a piece of its own.
void numbers(std::size_t, std::size_t range, RangeOutput& output) {
  for (std::size_t i = 0; i < range % 7; ++i) {
    std::string piece = std::to_string(range) + ";";
    CHECK(output.go_on());
    CHECK(output.put(piece));
    CHECK(piece.empty());
  }
}

std::string worked(std::size_t workers, std::size_t ranges, const RangeWork& work) {
  std::string all;
  const auto caller = std::this_thread::get_id();
  work_in_order(
      workers, ranges, work,
      [&](std::string_view piece) {
        CHECK(std::this_thread::get_id() == caller);
        all += piece;
      },
      nothing);
  return all;
}

TEST_CASE("what several make comes in the order of the ranges") {
  const std::string alone = worked(1, 100, numbers);
  CHECK(alone.substr(0, 20) == "1;2;2;3;3;3;4;4;4;4;");
  for (const std::size_t workers : {2U, 3U, 8U, 200U}) {
    CAPTURE(workers);
    CHECK(worked(workers, 100, numbers) == alone);
  }
}

TEST_CASE("without ranges there is nothing, for any number of workers") {
  CHECK(worked(1, 0, numbers).empty());
  CHECK(worked(4, 0, numbers).empty());
}

TEST_CASE("pieces far larger than what may wait come whole and in order") {
  const RangeWork large = [](std::size_t, std::size_t range, RangeOutput& output) {
    for (int i = 0; i < 3; ++i) {
      std::string piece(std::size_t{3} << 20, static_cast<char>('a' + range));
      CHECK(output.put(piece));
    }
  };
  const std::string all = worked(4, 8, large);
  REQUIRE(all.size() == (std::size_t{72} << 20));
  CHECK(std::is_sorted(all.begin(), all.end()));
}

TEST_CASE("a piece ahead of its turn, however large, does not hold up the one whose turn it is") {
  std::atomic<bool> ahead = false;
  const RangeWork work = [&](std::size_t, std::size_t range, RangeOutput& output) {
    while (range == 0 && !ahead) {
      std::this_thread::yield();
    }
    std::string piece(range == 1 ? std::size_t{20} << 20 : 1, static_cast<char>('a' + range));
    CHECK(output.put(piece));
    ahead = ahead || range == 1;
  };
  const std::string all = worked(2, 3, work);
  REQUIRE(all.size() == (std::size_t{20} << 20) + 2);
  CHECK(all.front() == 'a');
  CHECK(all.back() == 'c');
}

TEST_CASE("what a worker throws is thrown to the caller") {
  const RangeWork fails = [](std::size_t, std::size_t range, RangeOutput& output) {
    if (range == 5) {
      throw Error("range 5");
    }
    std::string piece = "x";
    while (range > 5 && output.put(piece)) {  // ends when all do
      piece = "x";
    }
  };
  for (const std::size_t workers : {1U, 3U}) {
    CHECK_THROWS_WITH_AS(worked(workers, 50, fails), "range 5", Error);
  }
}

TEST_CASE("what the sink throws ends the workers") {
  const RangeWork endless = [](std::size_t, std::size_t, RangeOutput& output) {
    std::string piece = "x";
    while (output.go_on() && output.put(piece)) {
      piece.assign(100'000, 'x');
    }
  };
  const auto full = [](std::string_view) { throw Error("disk full"); };
  for (const std::size_t workers : {1U, 3U}) {
    CHECK_THROWS_WITH_AS(work_in_order(workers, 9, endless, full, nothing), "disk full", Error);
  }
}

TEST_CASE("what the check throws ends workers that make nothing") {
  std::atomic<int> rows{0};
  const RangeWork silent = [&](std::size_t, std::size_t, RangeOutput& output) {
    while (output.go_on()) {
      ++rows;
    }
  };
  const auto check = [&] {
    if (rows > 0) {
      throw Error("stopped");
    }
  };
  for (const std::size_t workers : {1U, 3U}) {
    CHECK_THROWS_WITH_AS(work_in_order(
                             workers, 9, silent, [](std::string_view) {}, check),
                         "stopped", Error);
  }
}

}  // namespace
}  // namespace dogged
