// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/units.h"
#include "pace/quota.h"

#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// What the user allows at most, over all workers of a store. Absent: no cap.
struct Caps {
  std::optional<int> max_concurrency;  // requests in flight
  std::optional<Rate> rate;            // starts in any window of rate.per
  std::optional<Quota> quota;          // starts in each window of the quota
  bool operator==(const Caps&) const = default;
};

// Whatever is lower of each. Of two quotas the one with fewer requests a second holds.
Caps lowest(const Caps& a, const Caps& b);

// As kept in the store: {"max_concurrency":8,"rate":"100/s","quota":"1000/day@00:00
// Europe/Helsinki"}.
std::string to_json(const Caps& caps);
// Nothing for a text that to_json could not have made.
std::optional<Caps> caps_from_json(std::string_view text);

}  // namespace dogged
