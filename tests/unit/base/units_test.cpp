// SPDX-License-Identifier: MIT
#include "base/units.h"

#include <doctest/doctest.h>

#include <string>

using namespace dogged;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units") {
  const struct {
    std::string text;
    Millis value;
  } cases[] = {{"250ms", 250ms}, {"60", 60s},       {"90s", 90s},  {"1.5h", 90min},
               {"5min", 5min},   {"30d", 24h * 30}, {" 2 h ", 2h}, {"0", 0ms}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    REQUIRE(parse_duration(c.text).ok());
    CHECK(parse_duration(c.text).value() == c.value);
  }
}

TEST_CASE("what is no duration is refused with an example") {
  for (const std::string text : {"", "s", "-1s", "5 parsecs", "1e400s", "nan", "1000000d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).ok());
  }
}

TEST_CASE("sizes are powers of 1024") {
  CHECK(parse_size("16M").value() == 16 << 20);
  CHECK(parse_size("500k").value() == 512000);
  CHECK(parse_size("12").value() == 12);
  CHECK_FALSE(parse_size("12 apples").ok());
  CHECK_FALSE(parse_size("99999999999999G").ok());
}

TEST_CASE("rates are read and shown as they are written") {
  for (const std::string text : {"5/s", "300/min", "1000/h", "20000/day", "0.5/s", "7/week"}) {
    CAPTURE(text);
    REQUIRE(parse_rate(text).ok());
    CHECK(format_rate(parse_rate(text).value()) == text);
    CHECK(exact_rate(parse_rate(text).value()) == text);
  }
  CHECK(parse_rate("7").value() == Rate{7, 1s});
  CHECK(parse_rate("300/min").value().per_second() == doctest::Approx(5));
  for (const std::string text : {"", "0/s", "-1/s", "5/", "5/fortnight", "x/s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rate(text).ok());
  }
}

TEST_CASE("a rate that is kept has all its digits") {
  for (const std::string text :
       {"0.3333333333333333/s", "1234567.8/s", "0.0000001/min", "300000000000000000000/day"}) {
    CAPTURE(text);
    CHECK(exact_rate(parse_rate(text).value()) == text);
  }
  CHECK(parse_rate(exact_rate({7, 2500ms})).value() == Rate{2.8, 1s});
}

TEST_CASE("durations are shown as people say them") {
  CHECK(format_duration(250ms) == "250 ms");
  CHECK(format_duration(4200ms) == "4.2 s");
  CHECK(format_duration(65s) == "65 s");
  CHECK(format_duration(35min) == "35 min");
  CHECK(format_duration(72min) == "1 h 12 min");
  CHECK(format_duration(24h * 3) == "3 days");
}

TEST_CASE("ISO times are in UTC with milliseconds") {
  CHECK(iso_time(from_ms(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(from_ms(1795342161123)) == "2026-11-22T10:09:21.123Z");
  CHECK(iso_time(from_ms(2147483648000)) == "2038-01-19T03:14:08.000Z");
}
