// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/progress_view.h"
#include "cli/source_options.h"
#include "engine/run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// More threads and connections than any server wants of one client.
inline constexpr int kMostAtOnce = 10'000;

// The flags that say how a run goes.
struct RunFlags {
  std::optional<std::int64_t> max_concurrency;
  std::optional<std::optional<Rate>> rate;  // of both: nothing inside is `none`
  std::optional<std::optional<Quota>> quota;
  std::optional<double> leave;  // above 0, below 1
  bool now = false;
  std::optional<std::int64_t> max_attempts;
  std::optional<Millis> give_up_after, max_time, max_wait;
  std::int64_t limit = 0;
  std::int64_t max_errors = 0;
  double max_errors_share = 0;  // 0..1
  bool follow = false;
  bool trust_answers = false;
  ProgressMode progress = ProgressMode::automatic;
};

void add_run_options(CommandOptions& add, RunFlags& flags);
// -j, --rate and --quota alone, for a command that only reckons with them.
void add_cap_options(CommandOptions& add, RunFlags& flags);

// Flags before the source's limits, before the defaults. Throws Error(usage) where the source's
// quota cannot be read.
RunOptions make_run_options(const RunFlags& flags, const ResolvedSource& resolved);

// What to say where --rate is above the source's own cap; nothing where it is not.
std::optional<std::string> rate_warning(const RunFlags& flags, const ResolvedSource& resolved);

// The caps that `options` set for all workers of a store.
Caps caps_of(const RunOptions& options);

// The flags that bound a run, as they are typed: "--rate 5/s --quota 50/day"; empty where there are
// none. What dogged says of the next run repeats them: without them it would go beyond.
std::string typed_bounds(const RunFlags& flags);

// "N" into `count` or "N%" into `share`; what is wrong with `text`, or nothing.
std::string parse_max_errors(std::string_view text, std::int64_t& count, double& share);

}  // namespace dogged
