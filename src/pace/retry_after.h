// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace dogged {

// The wait that a Retry-After header asks for (RFC 9110, section 10.2.3): delta seconds, or a date
// as IMF-fixdate, RFC 850 or asctime (section 5.6.7). `server_now` is the answer's Date where it
// has one, so that a skewed clock does no harm, else our own wall time. Numbers from 1e9 on are no
// deltas but Unix time in seconds, from 1e12 on in milliseconds, as some servers send it. Nothing
// for garbage, for 0 and for moments past; what is further ahead comes out as kLongestWait.
std::optional<Millis> parse_retry_after(std::string_view value, WallTime server_now);

// An HTTP date in any of the three forms.
std::optional<WallTime> parse_http_date(std::string_view value, WallTime now);

inline constexpr Millis kLongestWait = std::chrono::hours(24 * 366);

}  // namespace dogged
