// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace dogged {

// One of a server's limits, as far as its headers tell. Views are into these headers.
struct Policy {
  std::string_view family = {};              // the spelling of its headers; empty: of a list
  std::optional<Millis> family_window = {};  // that their names have: Kong's -Minute
  std::string_view name = {};                // of drafts 8 and later
  std::optional<double> quota = {};
  std::optional<Millis> window = {};
  std::optional<double> remaining = {};
  std::optional<Millis> reset = {};        // from now
  std::optional<Millis> reset_after = {};  // the same, of Reset-After: finer
  bool of_requests = true;                 // else of bytes, or of requests at once
};

// One item of a list with its parameters: "default";q=100;w=60, or 100;w=60, or (of drafts up to 7)
// limit=100. What is garbage is left out.
Policy parse_policy(std::string_view item, WallTime server_now);

// Seconds from now, a Unix time in seconds or in finer units, or an HTTP date. Nothing for garbage,
// for 0 and for moments past; what is further ahead comes out as kLongestWait.
std::optional<Millis> parse_reset(std::string_view value, WallTime server_now);

}  // namespace dogged
