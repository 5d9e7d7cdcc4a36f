// SPDX-License-Identifier: MIT
// What a run says at its beginning and its end. Pure.
#pragma once

#include "base/clock.h"
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
  std::optional<WallTime> server_wait;  // setting::kWait, where it lies ahead
  std::optional<Rate> rate;
  int max_concurrency = 0;
  std::int64_t limit = 0;
};

// "store dogged.db: resumed: ...", "to ask: ...".
std::vector<std::string> opening_lines(const RunOpening& opening, WallTime now);

// "at least 35 min at 300/min" for `jobs` requests, or, where no cap is known, "as fast as the
// server lets, at most 64 at once".
std::string time_at_caps(std::int64_t jobs, const std::optional<Rate>& rate, int max_concurrency);

// What this run did, why it ended, what is left and when to come back.
std::vector<std::string> closing_lines(const RunReport& report, WallTime now);

// setting::kLastEnd: {"end","reason","at_ms","next_due_ms"}.
std::string last_run_setting(const RunReport& report, WallTime now);

std::string run_json(const RunReport& report);

}  // namespace dogged
