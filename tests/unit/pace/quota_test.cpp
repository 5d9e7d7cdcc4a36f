// SPDX-License-Identifier: MIT
#include "pace/quota.h"

#include "base/error.h"
#include "base/units.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using dogged::format_quota;
using dogged::parse_quota;
using dogged::Quota;
using dogged::QuotaWindow;
using dogged::WallTime;
using dogged::window_of;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

// UTC.
WallTime utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute);
}

Quota quota(const std::string& text) {
  const auto parsed = parse_quota(text);
  REQUIRE_MESSAGE(parsed.ok(), text);
  return parsed.value();
}

std::string window_text(const std::string& text, WallTime now) {
  const QuotaWindow window = window_of(quota(text), now);
  return dogged::iso_time(window.begin) + " " + dogged::iso_time(window.end);
}

}  // namespace

TEST_CASE("a quota is read in every spelling") {
  struct Row {
    std::string text;
    Quota quota;
  };
  const std::vector<Row> rows{
      {"100000/day", {100000, Quota::Per::day, {}, ""}},
      {" 5 / d ", {5, Quota::Per::day, {}, ""}},
      {"300/h", {300, Quota::Per::hour, {}, ""}},
      {"300/hour", {300, Quota::Per::hour, {}, ""}},
      {"300/Hours", {300, Quota::Per::hour, {}, ""}},
      {"20/min", {20, Quota::Per::minute, {}, ""}},
      {"20/m", {20, Quota::Per::minute, {}, ""}},
      {"7/day@06:30", {7, Quota::Per::day, minutes(390), ""}},
      {"7/day@6:30", {7, Quota::Per::day, minutes(390), ""}},
      {"7/day @ 23:59 UTC", {7, Quota::Per::day, minutes(1439), ""}},
      {"7/day@00:00 Europe/Helsinki", {7, Quota::Per::day, {}, "Europe/Helsinki"}},
      {"7/day  America/Argentina/Buenos_Aires",
       {7, Quota::Per::day, {}, "America/Argentina/Buenos_Aires"}},
      {"7/day@08:00 Etc/GMT+5", {7, Quota::Per::day, hours(8), "Etc/GMT+5"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(quota(row.text) == row.quota);
    CHECK(quota(format_quota(row.quota)) == row.quota);
  }
}

TEST_CASE("a quota is written as people write it") {
  CHECK(format_quota({100000, Quota::Per::day, {}, ""}) == "100000/day");
  CHECK(format_quota({300, Quota::Per::hour, {}, ""}) == "300/h");
  CHECK(format_quota({9, Quota::Per::minute, {}, ""}) == "9/min");
  CHECK(format_quota({1, Quota::Per::day, minutes(425), ""}) == "1/day@07:05");
  CHECK(format_quota({1, Quota::Per::day, {}, "Asia/Tokyo"}) == "1/day@00:00 Asia/Tokyo");
}

TEST_CASE("what is no quota is told as such") {
  for (const std::string text : {"",
                                 "/",
                                 "100",
                                 "100/",
                                 "/day",
                                 "0/day",
                                 "-5/day",
                                 "1.5/day",
                                 "1e5/day",
                                 "100/s",
                                 "100/week",
                                 "100/fortnight",
                                 "5/day@",
                                 "5/day@24:00",
                                 "5/day@12:60",
                                 "5/day@12",
                                 "5/day@noon",
                                 "5/day@1:2",
                                 "5/day@:30",
                                 "5/h@00:30",
                                 "5/h Europe/Helsinki",
                                 "9999999999999999/day",
                                 "99999999999999999999/day",
                                 "5/day zone.tab",
                                 "5/day ../../etc/passwd",
                                 "5/day /etc/passwd",
                                 "5/day leapseconds",
                                 "5/day Europe/Helsinki now",
                                 "5/day@00:00Europe/Helsinki",
                                 "5/day\n@00:00\x1b[0m"}) {
    CAPTURE(text);
    const auto parsed = parse_quota(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().find("is no quota") != std::string::npos);
    CHECK(parsed.error().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("an unknown zone is told with its likely name") {
  const auto error = [](const std::string& text) {
    const auto parsed = parse_quota(text);
    REQUIRE_FALSE(parsed.ok());
    return parsed.error();
  };
  CHECK(error("5/day Europe/Helsinky").find("is it Europe/Helsinki?") != std::string::npos);
  CHECK(error("5/day EUROPE/HELSINKI").find("is it Europe/Helsinki?") != std::string::npos);
  CHECK(error("5/day Xyzzyxyzzyxyzzy").find("no time zone 'Xyzzyxyzzyxyzzy'") != std::string::npos);
  CHECK(dogged::read_quota("5/day Xyzzy").ok());
  try {
    (void)window_of({5, Quota::Per::day, {}, "Xyzzy"}, utc(2026, 1, 1));
    FAIL("took an unknown zone");
  } catch (const dogged::Error& thrown) {
    CHECK(thrown.fault() == dogged::Fault::usage);
    CHECK(std::string(thrown.what()).find("'Xyzzy'") != std::string::npos);
  }
}

TEST_CASE("windows begin where the quota says, through changes of the clocks") {
  struct Row {
    std::string quota;
    WallTime now;
    std::string window;
  };
  const std::vector<Row> rows{
      {"5/min", utc(2026, 7, 1, 12, 34), "2026-07-01T12:34:00.000Z 2026-07-01T12:35:00.000Z"},
      {"5/h", utc(2026, 7, 1, 12, 34), "2026-07-01T12:00:00.000Z 2026-07-01T13:00:00.000Z"},
      {"5/h", utc(1969, 12, 31, 23, 30), "1969-12-31T23:00:00.000Z 1970-01-01T00:00:00.000Z"},
      {"5/day", utc(2026, 7, 1, 0, 0), "2026-07-01T00:00:00.000Z 2026-07-02T00:00:00.000Z"},
      {"5/day@06:00", utc(2026, 7, 1, 5, 59), "2026-06-30T06:00:00.000Z 2026-07-01T06:00:00.000Z"},
      // Three hours ahead in summer.
      {"5/day Europe/Helsinki", utc(2026, 7, 1, 20, 59),
       "2026-06-30T21:00:00.000Z 2026-07-01T21:00:00.000Z"},
      {"5/day Europe/Helsinki", utc(2026, 7, 1, 21, 0),
       "2026-07-01T21:00:00.000Z 2026-07-02T21:00:00.000Z"},
      // 23 hours and 25 hours.
      {"5/day Europe/Helsinki", utc(2026, 3, 29, 12),
       "2026-03-28T22:00:00.000Z 2026-03-29T21:00:00.000Z"},
      {"5/day Europe/Helsinki", utc(2026, 10, 25, 12),
       "2026-10-24T21:00:00.000Z 2026-10-25T22:00:00.000Z"},
      // 03:30 is not there on the day that clocks go forward, and there twice when they go back.
      {"5/day@03:30 Europe/Helsinki", utc(2026, 3, 29, 12),
       "2026-03-29T01:00:00.000Z 2026-03-30T00:30:00.000Z"},
      {"5/day@03:30 Europe/Helsinki", utc(2026, 10, 25, 1, 0),
       "2026-10-25T00:30:00.000Z 2026-10-26T01:30:00.000Z"},
      // Clocks went forward at midnight.
      {"5/day America/Sao_Paulo", utc(2018, 11, 4, 12),
       "2018-11-04T03:00:00.000Z 2018-11-05T02:00:00.000Z"},
      // Offsets of quarters of an hour, and one of half an hour of summer time.
      {"5/day Asia/Kathmandu", utc(2026, 1, 1, 12),
       "2025-12-31T18:15:00.000Z 2026-01-01T18:15:00.000Z"},
      {"5/day@08:00 Pacific/Chatham", utc(2026, 1, 1, 12),
       "2025-12-31T18:15:00.000Z 2026-01-01T18:15:00.000Z"},
      {"5/day Australia/Lord_Howe", utc(2026, 4, 4, 20),
       "2026-04-04T13:00:00.000Z 2026-04-05T13:30:00.000Z"},
      // Samoa had no 30 December 2011.
      {"5/day Pacific/Apia", utc(2011, 12, 30, 9, 59),
       "2011-12-29T10:00:00.000Z 2011-12-30T10:00:00.000Z"},
      {"5/day Pacific/Apia", utc(2011, 12, 30, 10, 0),
       "2011-12-30T10:00:00.000Z 2011-12-31T10:00:00.000Z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.quota);
    CAPTURE(dogged::iso_time(row.now));
    CHECK(window_text(row.quota, row.now) == row.window);
  }
}

TEST_CASE("windows follow one another without gap or overlap") {
  for (const std::string text : {"5/day Europe/Helsinki", "5/day@02:30 America/New_York",
                                 "5/day@00:15 Pacific/Apia", "5/day@02:00 Australia/Lord_Howe",
                                 "5/day@23:00 America/Sao_Paulo", "5/day@01:30 Europe/Dublin"}) {
    CAPTURE(text);
    const Quota q = quota(text);
    QuotaWindow window = window_of(q, utc(2010, 1, 1));
    for (int i = 0; i < 4000; ++i) {
      const QuotaWindow next = window_of(q, window.end);
      REQUIRE(next.begin == window.end);
      REQUIRE(next.end > next.begin);
      REQUIRE(window_of(q, next.end - dogged::Millis(1)).begin == next.begin);
      window = next;
    }
  }
}
