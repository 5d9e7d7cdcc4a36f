// SPDX-License-Identifier: MIT
// What caps mean to people: their words, and how long a list takes at them. Pure.
#pragma once

#include "base/clock.h"
#include "pace/caps.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// What of a quota's present window is used.
struct QuotaUse {
  Quota quota;
  QuotaWindow window;
  std::int64_t used = 0;
  std::int64_t left() const { return used < quota.count ? quota.count - used : 0; }
};

// "100/s, 8 at once, 1000/day@00:00 Europe/Helsinki"; "none".
std::string describe_caps(const Caps& caps);
// {"rate":"100/s","max_concurrency":8,"quota":null}
std::string caps_json(const Caps& caps);

// "1000/day: 250 used, 750 left until 00:00:00 (in 9 h 12 min)".
std::string quota_text(const QuotaUse& use, WallTime now);
// [{"quota":"1000/day","used":250,"left":750,"window_begin":...,"window_end":...}]
std::string quotas_json(const std::vector<QuotaUse>& uses);

// The caps that a list is reckoned with.
struct Speed {
  std::optional<Rate> rate;
  std::vector<QuotaUse> quotas;  // each of them holds
  int max_concurrency = 0;
};

// How long `jobs` requests take at least. Nothing where neither rate nor quota is capped.
std::optional<Millis> least_time(std::int64_t jobs, const Speed& speed, WallTime now);

// "at least 35 min at 300/min", or, where no cap is known, "as fast as the server lets, at most 64
// at once".
std::string time_at_caps(std::int64_t jobs, const Speed& speed, WallTime now);

}  // namespace dogged
