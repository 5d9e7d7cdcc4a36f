// SPDX-License-Identifier: MIT
#include "cli/caps_text.h"

#include "base/json_document.h"

#include <doctest/doctest.h>

#include <limits>

namespace dogged {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const WallTime kMidnight = from_ms(20'000LL * 86'400'000);  // UTC
const WallTime kNoon = kMidnight + hours(12);

Caps caps(std::optional<Rate> rate, std::optional<Quota> quota) {
  return {std::nullopt, rate, quota};
}

TEST_CASE("caps are told in the words of the flags, absent ones not at all") {
  CHECK(describe_caps({}) == "none");
  CHECK(describe_caps({8, Rate{100, Millis(1'000)}, Quota{1'000}}) == "100/s, 8 at once, 1000/day");
  CHECK(describe_caps({8, {}, {}}) == "8 at once");
  CHECK(caps_json({}) == R"({"rate":null,"max_concurrency":null,"quota":null})");
  CHECK(caps_json({8, Rate{100, Millis(1'000)}, Quota{1'000}}) ==
        R"({"rate":"100/s","max_concurrency":8,"quota":"1000/day"})");
}

TEST_CASE("of a quota never less than nothing is left") {
  QuotaUse use{Quota{1'000}, {kMidnight, kMidnight + hours(24)}, 250};
  CHECK(use.left() == 750);
  CHECK(quota_text(use, kNoon).find("1000/day: 250 used, 750 left until ") == 0);
  CHECK(quota_text(use, kNoon).find("(in 12 h)") != std::string::npos);
  use.used = 1'200;  // the quota was lowered meanwhile
  CHECK(use.left() == 0);
  CHECK(json_fault(quota_json(use)).empty());
  CHECK(quota_json(std::nullopt) == "null");
}

TEST_CASE("how long a list takes at its caps") {
  const Rate rate{300, Millis(60'000)};
  struct {
    std::int64_t jobs;
    Caps caps;
    std::int64_t used;
    std::optional<Millis> least;
  } const kCases[] = {
      {600, {}, 0, std::nullopt},
      {600, {8, {}, {}}, 0, std::nullopt},
      {0, caps(rate, {}), 0, Millis(0)},
      {600, caps(rate, {}), 0, seconds(120)},
      // Fits into what is left of the day.
      {750, caps({}, Quota{1'000}), 250, Millis(0)},
      {750, caps(rate, Quota{1'000}), 250, seconds(150)},
      // Goes on at midnight, and at the next.
      {751, caps({}, Quota{1'000}), 250, hours(12)},
      {1'751, caps({}, Quota{1'000}), 250, hours(36)},
      {1'050, caps(rate, Quota{1'000}), 250, hours(12) + seconds(60)},
      // Used up, and more than that.
      {1, caps({}, Quota{1'000}), 1'000, hours(12)},
      {1, caps({}, Quota{1'000}), 2'000, hours(12)},
      // The rate binds, not the quota.
      {300 * 60 * 24, caps(rate, Quota{10'000'000}), 0, hours(24)},
      {90, caps({}, Quota{60, Quota::Per::minute}), 0, seconds(60)},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.jobs);
    CAPTURE(c.used);
    CHECK(least_time(c.jobs, c.caps, c.used, kNoon) == c.least);
  }
}

TEST_CASE("a list that takes for ever is told soon and does not overflow") {
  const auto many = std::numeric_limits<std::int64_t>::max();
  CHECK(least_time(many, caps(Rate{0.001, hours(24)}, {}), 0, kNoon) > hours(24 * 365));
  CHECK(least_time(many, caps({}, Quota{1}), 0, kNoon) > hours(24 * 365));
  const auto years = least_time(36'500, caps({}, Quota{1}), 0, kNoon);
  REQUIRE(years);
  CHECK(*years > hours(24 * 36'400));
  CHECK(*years < hours(24 * 36'600));
}

TEST_CASE("the time at the caps names those that bind") {
  CHECK(time_at_caps(600, {}, 64, 0, kNoon) == "as fast as the server lets, at most 64 at once");
  CHECK(time_at_caps(600, caps(Rate{300, Millis(60'000)}, {}), 64, 0, kNoon) ==
        "at least 2 min at 300/min");
  CHECK(time_at_caps(2'000, caps(Rate{300, Millis(60'000)}, Quota{1'000}), 64, 0, kNoon) ==
        "at least 12 h 3 min at 300/min and 1000/day");
  CHECK(time_at_caps(10, caps({}, Quota{1'000}), 64, 0, kNoon) ==
        "as fast as the server lets, at most 64 at once, within the quota 1000/day");
}

}  // namespace
}  // namespace dogged
