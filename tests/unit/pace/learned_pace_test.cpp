// SPDX-License-Identifier: MIT
#include "pace/learned_pace.h"

#include <doctest/doctest.h>

#include <limits>

namespace dogged {
namespace {

using std::chrono::hours;

const WallTime kThen = from_ms(1'700'000'000'000);

TEST_CASE("what was learned is kept as JSON") {
  CHECK(to_json({10.2, 198.1, kThen}) ==
        R"({"concurrency":10.2,"rate":198.1,"at_ms":1700000000000})");
  CHECK(to_json({64, {}, kThen}) == R"({"concurrency":64,"at_ms":1700000000000})");
}

TEST_CASE("what was kept reads back as it was") {
  for (const LearnedPace& pace : {
           LearnedPace{10.2, 198.1, kThen},
           LearnedPace{1, {}, kThen},
           LearnedPace{1.0 / 3, 0.016666666666666666, from_ms(1)},
           LearnedPace{1e6, 1e9, from_ms(253'402'300'800'000)},
       }) {
    CAPTURE(to_json(pace));
    const auto read = learned_from_json(to_json(pace));
    REQUIRE(read.has_value());
    CHECK(read->concurrency == pace.concurrency);
    CHECK(read->rate == pace.rate);
    CHECK(read->at == pace.at);
  }
}

TEST_CASE("what cannot have been kept, or cannot be right, is nothing learned") {
  for (const char* text : {
           "",
           "null",
           "10.2",
           "[]",
           "{}",
           R"({"concurrency":10.2})",
           R"({"at_ms":1700000000000})",
           R"({"concurrency":10.2,"at_ms":1700000000000)",
           R"({"concurrency":10.2,"at_ms":1700000000000} x)",
           R"({"concurrency":"10.2","at_ms":1700000000000})",
           R"({"concurrency":null,"at_ms":1700000000000})",
           R"({"concurrency":0,"at_ms":1700000000000})",
           R"({"concurrency":-1,"at_ms":1700000000000})",
           R"({"concurrency":1e7,"at_ms":1700000000000})",
           R"({"concurrency":1e999,"at_ms":1700000000000})",
           R"({"concurrency":10.2,"at_ms":0})",
           R"({"concurrency":10.2,"at_ms":1.5})",
           R"({"concurrency":10.2,"at_ms":253402300800001})",
           R"({"concurrency":10.2,"at_ms":99999999999999999999})",
           R"({"concurrency":10.2,"rate":0,"at_ms":1700000000000})",
           R"({"concurrency":10.2,"rate":null,"at_ms":1700000000000})",
           R"({"concurrency":10.2,"rate":1e10,"at_ms":1700000000000})",
           R"({"concurrency":10.2,"at_ms":1700000000000,"more":1})",
       }) {
    CAPTURE(text);
    CHECK_FALSE(learned_from_json(text).has_value());
  }
}

TEST_CASE("figures that are no numbers are still JSON, and nothing learned") {
  const double no_number = std::numeric_limits<double>::quiet_NaN();
  const double endless = std::numeric_limits<double>::infinity();
  CHECK(to_json({no_number, 5, kThen}) == R"({"concurrency":null,"rate":5,"at_ms":1700000000000})");
  CHECK_FALSE(learned_from_json(to_json({endless, 5, kThen})).has_value());
  CHECK(to_json({4, endless, kThen}) == R"({"concurrency":4,"at_ms":1700000000000})");
}

TEST_CASE("people read what was learned in the unit that suits it") {
  struct Row {
    LearnedPace pace;
    const char* text;
  };
  for (const Row& row : {
           Row{{10.2, 198.1, kThen}, "198/s, 10 at once"},
           Row{{10.9, {}, kThen}, "10 at once"},
           Row{{0.4, {}, kThen}, "1 at once"},
           Row{{2000, 12'345.6, kThen}, "12,346/s, 2,000 at once"},
           Row{{4, 9.97, kThen}, "10/s, 4 at once"},
           Row{{4, 4.94, kThen}, "4.9/s, 4 at once"},
           Row{{4, 5, kThen}, "5/s, 4 at once"},
           Row{{1, 0.5, kThen}, "30/min, 1 at once"},
           Row{{1, 0.025, kThen}, "1.5/min, 1 at once"},
           Row{{1, 0.01, kThen}, "36/h, 1 at once"},
       }) {
    CHECK(describe(row.pace) == row.text);
  }
}

TEST_CASE("a run starts at nine tenths of what was learned, halved by each day, for a week") {
  const LearnedPace learned{100, 200, kThen};
  struct Row {
    Millis age;
    double share;
  };
  for (const Row& row : {
           Row{Millis(0), 0.9}, Row{hours(12), 0.9 * 0.70710678}, Row{hours(24), 0.45},
           Row{hours(72), 0.1125}, Row{-hours(24), 0.45},  // a clock that was set back
       }) {
    CAPTURE(row.age.count());
    const auto start = start_from(learned, kThen + row.age);
    REQUIRE(start.has_value());
    CHECK(start->concurrency == doctest::Approx(100 * row.share));
    CHECK(*start->rate == doctest::Approx(200 * row.share));
    CHECK(start->at == kThen);
  }
  CHECK(start_from(learned, kThen + hours(24 * 7) - Millis(1)).has_value());
  CHECK_FALSE(start_from(learned, kThen + hours(24 * 7)).has_value());
  CHECK_FALSE(start_from(learned, kThen - hours(24 * 7)).has_value());
}

TEST_CASE("a start is never with less than one request, nor with a rate that was not learned") {
  const auto start = start_from({2, {}, kThen}, kThen + hours(72));
  REQUIRE(start.has_value());
  CHECK(start->concurrency == 1);
  CHECK_FALSE(start->rate.has_value());
}

}  // namespace
}  // namespace dogged
