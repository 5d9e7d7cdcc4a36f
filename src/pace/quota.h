// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

// So many requests in each window of a clock: "100000/day@00:00 Europe/Helsinki", "300/h",
// "5000/day" (UTC). Days begin at `at` of the zone's wall clock (IANA name, tzdata), so that one
// day in a year has 23 and one 25 hours; shorter windows begin at whole units of UTC.
struct Quota {
  std::int64_t count = 0;
  enum class Per { minute, hour, day } per = Per::day;
  std::chrono::minutes at{0};  // of the day
  std::string zone = {};       // empty: UTC
  bool operator==(const Quota&) const = default;
};

struct QuotaWindow {
  WallTime begin{};
  WallTime end{};  // the next one's begin
};

// "N/min", "N/h", "N/day[@HH:MM][ ZONE]", the units as parse_rate has them. Fails, with a message
// for people, on anything else, a zone that this machine does not know included.
Result<Quota> parse_quota(std::string_view text);
// The same, but any name that a zone could have will do: for what was stored on another machine,
// where window_of tells what is wrong.
Result<Quota> read_quota(std::string_view text);
std::string format_quota(const Quota& quota);  // parse_quota(format_quota(q)) == q

// The window that `now` is in. Throws Error(usage) where the zone is not known on this machine.
QuotaWindow window_of(const Quota& quota, WallTime now);

}  // namespace dogged
