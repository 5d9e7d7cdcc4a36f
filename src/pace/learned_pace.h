// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// What a pacer found out about a server, kept so that the next run starts near it.
struct LearnedPace {
  double concurrency = 0;      // requests in flight that it took
  std::optional<double> rate;  // starts per second, where that was what bound
  WallTime at{};               // when
};

// {"concurrency":10.2,"rate":198.1,"at_ms":1700000000000}
std::string to_json(const LearnedPace& pace);
// Nothing for a text that to_json could not have made, or for figures that cannot be right.
std::optional<LearnedPace> learned_from_json(std::string_view text);
// "198/s, 10 at once"; without a rate "10 at once".
std::string describe(const LearnedPace& pace);

// Where to start: nine tenths of what was learned, less with age (a half every day), down to
// nothing, where it is forgotten after a week.
std::optional<LearnedPace> start_from(const LearnedPace& pace, WallTime now);

}  // namespace dogged
