// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>
#include <span>
#include <string_view>

namespace dogged {

// What a server says of its limits beside an answer. Where it tells of several, `quota` and
// `window` are of the one that allows the fewest requests a second, `remaining` and `reset` of the
// one that is used up first; they may be two.
struct AnnouncedLimit {
  std::optional<double> quota;      // requests in each window; above 0
  std::optional<Millis> window;     // above 0
  std::optional<double> remaining;  // requests until the reset; 0 or more
  std::optional<Millis> reset;      // from now; above 0, at most kLongestWait
};

// A header of an answer, in the form that its holder has it.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

// Whether a header of that name tells of limits. Cheap: for all headers of all answers.
bool is_rate_limit_header(std::string_view name);

// Reads RateLimit and RateLimit-Policy in all forms of draft-ietf-httpapi-ratelimit-headers, the
// fields RateLimit-Limit, -Remaining and -Reset of its earlier versions, and their namesakes with
// X-RateLimit- and X-Rate-Limit-, X-RateLimit-Reset-After and Kong's X-RateLimit-Limit-Minute among
// them. A reset is seconds from now, a Unix time in seconds or finer units (told apart by size), or
// an HTTP date; `server_now` is the answer's Date where it has one, as for parse_retry_after.
// What does not count requests (content-bytes, concurrent-requests), a limit of 0 (a limiter that
// is switched off), negative figures and garbage tell nothing. Nothing where nothing is told.
std::optional<AnnouncedLimit> read_rate_limits(std::span<const HeaderView> headers,
                                               WallTime server_now);

// Starts per second that the announcement allows for good: its quota over its window, where both
// are known and the window is of a minute at most. A longer one is a quota: it is used as fast as
// the server takes it and then waited for; with 5000 an hour spread out, 300 requests would take
// four minutes instead of seconds. What remains until the reset is no such rate either: it is of
// this window alone, next to nothing at its end and far too much at its begin, and of a token
// bucket it is the level and not the inflow.
std::optional<double> announced_rate(const AnnouncedLimit& limit);

// How long nothing should be asked: until the reset, where nothing remains, or where the answer was
// `refused` and what remains is not told. A refusal while much remains is of another limit, of
// which the reset says little (GitHub's secondary limits): it is heeded where the refusal has no
// Retry-After (`told_otherwise`) and it is at most a minute away.
std::optional<Millis> announced_wait(const AnnouncedLimit& limit, bool refused,
                                     bool told_otherwise);

}  // namespace dogged
