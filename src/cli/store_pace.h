// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "cli/caps_text.h"
#include "job/source.h"
#include "pace/learned_pace.h"
#include "store/store_reader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// What a store says of the pace.
struct StorePace {
  Caps caps;         // `dogged limit`
  Caps source_caps;  // of the source that it keeps
  std::optional<WallTime> paused_since;
  std::optional<WallTime> server_wait;      // where it lies ahead
  std::optional<WallTime> no_answer_since;  // an outage that no answer has ended yet
  std::optional<LearnedPace> learned;
  std::string quota_used;  // setting::kQuotaUsed as it is
};

// What cannot be read of it is warned of and left out: looking at a store does not depend on it.
StorePace read_store_pace(StoreReader& reader, const std::optional<Source>& source, WallTime now);

// setting::kCaps; none (warned of) where it cannot be read.
Caps stored_caps(std::string_view json);

// The caps of a source. Throws Error(usage) where its quota cannot be read.
Caps caps_of(const LimitSpec& limits);

// The quotas that hold where both `a` and `b` do, and what setting::kQuotaUsed counts of their
// present windows; of two with one window the lower. Without those whose zone is not known on this
// machine (warned of).
std::vector<QuotaUse> quotas_in_use(const Caps& a, const Caps& b, std::string_view quota_used,
                                    WallTime now);

// setting::kWait, where it lies ahead.
std::optional<WallTime> server_wait_from(std::string_view ms, WallTime now);

}  // namespace dogged
