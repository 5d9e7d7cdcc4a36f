// SPDX-License-Identifier: MIT
#include "pace/retry_after.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using dogged::kLongestWait;
using dogged::Millis;
using dogged::parse_http_date;
using dogged::parse_retry_after;
using dogged::WallTime;

// 1994-11-06 08:49:37 UTC, the date of RFC 9110's examples.
constexpr WallTime kExample{Millis{784111777000}};

}  // namespace

TEST_CASE("all three forms of an HTTP date are the same moment") {
  for (const char* text : {
           "Sun, 06 Nov 1994 08:49:37 GMT",
           "Sun, 6 Nov 1994 08:49:37 GMT",
           "Sunday, 06-Nov-94 08:49:37 GMT",
           "Sun Nov  6 08:49:37 1994",
           "  Sun, 06 Nov 1994 08:49:37 GMT\t",
           "sun, 06 nov 1994 08:49:37 gmt",
           "Sun, 06 Nov 1994 08:49:37 UTC",
       }) {
    CAPTURE(std::string(text));
    CHECK(parse_http_date(text, kExample) == kExample);
  }
}

TEST_CASE("a two-digit year is the one nearest to now, at most 50 years ahead") {
  struct Row {
    const char* now;
    const char* text;
    const char* same_as;
  };
  for (const Row& row : {
           Row{"Sun, 22 Nov 2026 00:00:00 GMT", "Monday, 23-Nov-26 00:00:00 GMT",
               "Mon, 23 Nov 2026 00:00:00 GMT"},
           Row{"Sun, 22 Nov 2026 00:00:00 GMT", "Sunday, 06-Nov-76 00:00:00 GMT",
               "Fri, 06 Nov 2076 00:00:00 GMT"},
           Row{"Sun, 22 Nov 2026 00:00:00 GMT", "Sunday, 06-Nov-94 00:00:00 GMT",
               "Sun, 06 Nov 1994 00:00:00 GMT"},
       }) {
    CAPTURE(std::string(row.text));
    const auto now = parse_http_date(row.now, kExample);
    REQUIRE(now.has_value());
    CHECK(parse_http_date(row.text, *now) == parse_http_date(row.same_as, *now));
    CHECK(parse_http_date(row.same_as, *now).has_value());
  }
}

TEST_CASE("leap days and leap seconds are dates, days that no month has are not") {
  CHECK(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", kExample).has_value());
  CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kExample).has_value());
  CHECK_FALSE(parse_http_date("Wed, 29 Feb 2023 00:00:00 GMT", kExample).has_value());
  CHECK_FALSE(parse_http_date("Wed, 31 Apr 2023 00:00:00 GMT", kExample).has_value());
  CHECK_FALSE(parse_http_date("Wed, 00 Apr 2023 00:00:00 GMT", kExample).has_value());
}

TEST_CASE("what is no HTTP date is none") {
  for (const char* text :
       {"", " ", "0", "soon", "Sun", "Sun,", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 PST", "Sun, 06 Nov 1994 08:49:37 GMT x",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nvo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:48:97 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT", "1994-11-06T08:49:37Z", "Sun, 06-Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 94"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_http_date(text, kExample).has_value());
  }
}

TEST_CASE("Retry-After in seconds") {
  CHECK(parse_retry_after("1", kExample) == Millis(1000));
  CHECK(parse_retry_after(" 120 ", kExample) == Millis(120'000));
  CHECK(parse_retry_after("007", kExample) == Millis(7000));
  CHECK(parse_retry_after("99999999999999999999999999999999", kExample) == kLongestWait);
}

TEST_CASE("Retry-After as a date counts from the server's clock") {
  CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", kExample) == Millis(30s));
  CHECK(parse_retry_after("Sunday, 06-Nov-94 08:50:07 GMT", kExample) == Millis(30s));
  CHECK(parse_retry_after("Sun Nov  6 08:50:07 1994", kExample) == Millis(30s));
  CHECK(parse_retry_after("Fri, 06 Nov 9994 08:50:07 GMT", kExample) == kLongestWait);
}

TEST_CASE("Retry-After as Unix time, in seconds or milliseconds, is a moment and no delta") {
  const WallTime now{Millis(1'790'000'000'500)};
  CHECK(parse_retry_after("1790000030", now) == Millis(29'500));
  CHECK(parse_retry_after("1790000030500", now) == Millis(30'000));
  CHECK(parse_retry_after("9999999999", now) == kLongestWait);
  CHECK(parse_retry_after("999999999", now) == kLongestWait);  // a delta
  for (const char* past : {"1000000000", "1790000000", "1790000000500", "1000000000000"}) {
    CAPTURE(std::string(past));
    CHECK_FALSE(parse_retry_after(past, now).has_value());
  }
}

TEST_CASE("Retry-After of nothing, of the past and of garbage is no wait") {
  for (const char* text : {"", "0", "000", "-1", "+5", "1.5", "5s", "1 2", "0x10", "never",
                           "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT",
                           "Thu, 01 Jan 1970 00:00:00 GMT"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_retry_after(text, kExample).has_value());
  }
}
