// SPDX-License-Identifier: MIT
// What caps mean to people: their words, and how long a list takes at them. Pure.
#pragma once

#include "base/clock.h"
#include "pace/caps.h"

#include <cstdint>
#include <optional>
#include <string>

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
// {"quota":"1000/day","used":250,"left":750,"window_begin":...,"window_end":...}, or null.
std::string quota_json(const std::optional<QuotaUse>& use);

// How long `jobs` requests take at least, `used` of the quota's present window being used. Nothing
// where neither rate nor quota is capped.
std::optional<Millis> least_time(std::int64_t jobs, const Caps& caps, std::int64_t used,
                                 WallTime now);

// "at least 35 min at 300/min", or, where no cap is known, "as fast as the server lets, at most 64
// at once".
std::string time_at_caps(std::int64_t jobs, const Caps& caps, int max_concurrency,
                         std::int64_t used, WallTime now);

}  // namespace dogged
