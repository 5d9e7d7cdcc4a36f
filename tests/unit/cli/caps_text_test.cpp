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

// At noon, with that much of the quota used.
Speed speed(std::optional<Rate> rate, std::optional<Quota> quota, std::int64_t used = 0) {
  Speed speed{rate, {}, 64};
  if (quota) {
    speed.quotas.push_back({*quota, window_of(*quota, kNoon), used});
  }
  return speed;
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
  CHECK(json_fault(quotas_json({use, use})).empty());
  CHECK(quotas_json({}) == "[]");
}

TEST_CASE("how long a list takes at its caps") {
  const Rate rate{300, Millis(60'000)};
  struct {
    std::int64_t jobs;
    Speed speed;
    std::optional<Millis> least;
  } const kCases[] = {
      {600, speed({}, {}), std::nullopt},
      {0, speed(rate, {}, 0), Millis(0)},
      {600, speed(rate, {}, 0), seconds(120)},
      // Fits into what is left of the day.
      {750, speed({}, Quota{1'000}, 250), Millis(0)},
      {750, speed(rate, Quota{1'000}, 250), seconds(150)},
      // Goes on at midnight, and at the next.
      {751, speed({}, Quota{1'000}, 250), hours(12)},
      {1'751, speed({}, Quota{1'000}, 250), hours(36)},
      {1'050, speed(rate, Quota{1'000}, 250), hours(12) + seconds(60)},
      // Used up, and more than that.
      {1, speed({}, Quota{1'000}, 1'000), hours(12)},
      {1, speed({}, Quota{1'000}, 2'000), hours(12)},
      // The rate binds, not the quota.
      {300 * 60 * 24, speed(rate, Quota{10'000'000}, 0), hours(24)},
      {90, speed({}, Quota{60, Quota::Per::minute}, 0), seconds(60)},
  };
  for (const auto& c : kCases) {
    CAPTURE(c.jobs);
    CHECK(least_time(c.jobs, c.speed, kNoon) == c.least);
  }
}

TEST_CASE("of several quotas the slowest tells the time") {
  Speed both = speed({}, Quota{1'000});
  both.quotas.push_back({Quota{1, Quota::Per::hour}, {kNoon, kNoon + hours(1)}, 0});
  CHECK(least_time(5, both, kNoon) == hours(4));
  CHECK(least_time(1'500, both, kNoon) > hours(1'000));
}

TEST_CASE("a list that takes for ever is told soon and does not overflow") {
  const auto many = std::numeric_limits<std::int64_t>::max();
  CHECK(least_time(many, speed(Rate{0.001, hours(24)}, {}), kNoon) > hours(24 * 365));
  CHECK(least_time(many, speed({}, Quota{1}), kNoon) > hours(24 * 365));
  const auto years = least_time(36'500, speed({}, Quota{1}), kNoon);
  REQUIRE(years);
  CHECK(*years > hours(24 * 36'400));
  CHECK(*years < hours(24 * 36'600));
}

TEST_CASE("the time at the caps names those that bind") {
  CHECK(time_at_caps(600, speed({}, {}), kNoon) ==
        "as fast as the server lets, at most 64 at once");
  CHECK(time_at_caps(600, speed(Rate{300, Millis(60'000)}, {}), kNoon) ==
        "at least 2 min at 300/min");
  CHECK(time_at_caps(2'000, speed(Rate{300, Millis(60'000)}, Quota{1'000}), kNoon) ==
        "at least 12 h 3 min at 300/min and 1000/day");
  CHECK(time_at_caps(10, speed({}, Quota{1'000}), kNoon) ==
        "as fast as the server lets, at most 64 at once, within the quota 1000/day");
}

}  // namespace
}  // namespace dogged
