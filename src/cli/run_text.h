// SPDX-License-Identifier: MIT
// What a run says at its beginning and its end. Pure.
#pragma once

#include "base/clock.h"
#include "cli/caps_text.h"
#include "cli/store_pace.h"
#include "engine/run.h"
#include "store/store_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// What stands in a store before a run.
struct RunOpening {
  std::string store;
  Overview overview;
  std::optional<std::string> last_run;  // setting::kLastEnd
  StorePace pace;                       // of the store
  Caps caps;                            // of the flags, else the source
  int max_concurrency = 0;              // of this run
  std::vector<QuotaUse> quotas;         // that hold
  std::string resume_command;           // what is typed after `dogged pause`
  std::int64_t limit = 0;
};

// "store dogged.db: resumed: ...", "to ask: ...", "caps: ...", and what there is to wait for.
std::vector<std::string> opening_lines(const RunOpening& opening, WallTime now);

// What this run did, why it ended, what is left and when to come back.
std::vector<std::string> closing_lines(const RunReport& report, WallTime now);

// What bounded a run by flags, which the store's caps do not know.
struct FlagBounds {
  std::string typed;  // typed_bounds()
  std::optional<Quota> quota;
};

// setting::kLastEnd: {"end","reason","at_ms","next_due_ms","flags","quota"}.
std::string last_run_setting(const RunReport& report, const FlagBounds& bounds, WallTime now);

std::string run_json(const RunReport& report);

}  // namespace dogged
