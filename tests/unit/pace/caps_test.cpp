// SPDX-License-Identifier: MIT
#include "pace/caps.h"

#include "pace/start_slots.h"

#include <doctest/doctest.h>

#include <string>

using dogged::Caps;
using dogged::caps_from_json;
using dogged::lowest;
using dogged::Millis;
using dogged::Quota;
using dogged::Rate;
using dogged::to_json;

namespace {

const Quota kDaily{100000, Quota::Per::day, {}, "Europe/Helsinki"};
const Quota kHourly{300, Quota::Per::hour, {}, ""};

}  // namespace

TEST_CASE("caps come back from JSON as they were") {
  CHECK(to_json({}) == "{}");
  CHECK(to_json({8, Rate{100, Millis(1000)}, kDaily}) ==
        R"({"max_concurrency":8,"rate":"100/s","quota":"100000/day@00:00 Europe/Helsinki"})");
  for (const Caps& caps : {Caps{}, Caps{1, {}, {}}, Caps{{}, Rate{0.1, Millis(1000)}, {}},
                           Caps{{}, Rate{1.0 / 3, std::chrono::minutes(1)}, {}},
                           Caps{{}, Rate{1e300, std::chrono::hours(1)}, {}},
                           Caps{{}, Rate{1e-300, std::chrono::days(1)}, {}},
                           Caps{{}, Rate{5, std::chrono::weeks(1)}, kHourly}}) {
    CAPTURE(to_json(caps));
    CHECK(caps_from_json(to_json(caps)) == caps);
  }
  const auto odd = caps_from_json(to_json({{}, Rate{5, Millis(500)}, {}}));
  REQUIRE(odd.has_value());
  CHECK(odd->rate->per_second() == doctest::Approx(10));
}

TEST_CASE("a zone that this machine does not know is kept") {
  const auto caps = caps_from_json(R"({"quota":"5/day@00:00 Mars/Base"})");
  REQUIRE(caps.has_value());
  CHECK(caps->quota->zone == "Mars/Base");
}

TEST_CASE("a text that no caps make is none") {
  for (const std::string text :
       {"", "null", "[]", "5", "{", R"({"max_concurrency":0})", R"({"max_concurrency":-1})",
        R"({"max_concurrency":1.5})", R"({"max_concurrency":"8"})",
        R"({"max_concurrency":99999999999})", R"({"rate":5})", R"({"rate":"fast"})",
        R"({"rate":"0/s"})", R"({"quota":"5/s"})", R"({"quota":null})", R"({"speed":1})"}) {
    CAPTURE(text);
    CHECK_FALSE(caps_from_json(text).has_value());
  }
}

TEST_CASE("the lowest of each holds, and what only one caps is capped") {
  const Caps a{8, Rate{100, Millis(1000)}, {}};
  const Caps b{5, Rate{3000, std::chrono::minutes(1)}, kDaily};
  const Caps low{5, Rate{3000, std::chrono::minutes(1)}, kDaily};
  CHECK(lowest(a, b) == low);
  CHECK(lowest(b, a) == low);
  CHECK(lowest(a, {}) == a);
  CHECK(lowest({}, b) == b);
  CHECK(lowest({}, {}) == Caps{});
  // 300 an hour are 7,200 a day.
  CHECK(lowest({{}, {}, kDaily}, {{}, {}, kHourly}).quota == kHourly);
  CHECK(lowest({{}, {}, kHourly}, {{}, {}, kDaily}).quota == kHourly);
}

TEST_CASE("of two rates that are nearly the same, what holds keeps both") {
  const Rate rates[] = {{1, Millis(1000)},
                        {60, std::chrono::minutes(1)},
                        {59.3, std::chrono::minutes(1)},
                        {3600, std::chrono::hours(1)},
                        {3560, std::chrono::hours(1)},
                        {0.5, Millis(1000)},
                        {29.9, std::chrono::minutes(1)},
                        {100, Millis(1000)},
                        {5990, std::chrono::minutes(1)},
                        {86400, std::chrono::days(1)}};
  for (const Rate& a : rates) {
    for (const Rate& b : rates) {
      CAPTURE(dogged::format_rate(a));
      CAPTURE(dogged::format_rate(b));
      const Rate low = *lowest({{}, a, {}}, {{}, b, {}}).rate;
      CHECK(dogged::keeps(low, a));
      CHECK(dogged::keeps(low, b));
      CHECK(low.per_second() > std::min(a.per_second(), b.per_second()) * 0.999);
    }
  }
}
