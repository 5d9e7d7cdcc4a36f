// SPDX-License-Identifier: MIT
// Durations, sizes and rates as users write them: "60s", "16M", "300/min".
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

// A number with a unit ms, s, m (min), h, d; a bare number is seconds. "1.5h" and "90s" are fine,
// negative ones are not.
Result<Millis> parse_duration(std::string_view text);

// A number of bytes with k, M or G (powers of 1024), an optional B behind.
Result<std::int64_t> parse_size(std::string_view text);

// So many starts in a span of time.
struct Rate {
  double count = 0;
  Millis per{1000};
  double per_second() const { return count * 1000.0 / static_cast<double>(per.count()); }
  bool operator==(const Rate&) const = default;
};

// "N/s", "N/min", "N/h", "N/day"; a bare N is N/s. N may be fractional, not 0 or below.
Result<Rate> parse_rate(std::string_view text);
std::string format_rate(const Rate& rate);  // "300/min", for people
// The same with every digit, to be kept: parse_rate gives the same rate again.
std::string exact_rate(const Rate& rate);

std::string format_duration(Millis d);        // "35 min", "1 h 12 min", "4.2 s", "250 ms"
std::string format_size(std::int64_t bytes);  // "1.5 MB"

// "2026-11-22T14:05:10.000Z"
std::string iso_time(WallTime t);
// "14:05:10" today, "2026-11-23 14:05" otherwise, in the machine's time zone.
std::string local_time(WallTime t, WallTime now);

}  // namespace dogged
