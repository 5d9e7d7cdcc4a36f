// SPDX-License-Identifier: MIT
// What `dogged status` shows.
#pragma once

#include "base/clock.h"
#include "cli/caps_text.h"
#include "cli/store_pace.h"
#include "job/source.h"
#include "store/store_reader.h"

#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// setting::kLastEnd as read. What is missing or of another type is empty.
struct LastRun {
  std::string end;  // word(RunEnd)
  std::string reason;
  std::optional<WallTime> at, next_due;
  std::string flags{};           // that bounded it, as they are typed
  std::optional<Quota> quota{};  // among them
  // Work was left, and the next run is to be bounded in the same way.
  bool bounds_next() const { return end != "finished" && !flags.empty(); }
};
std::optional<LastRun> last_run_from(std::string_view json);

// The latest run where it came to no end that it could note. Nothing where one is going on.
std::optional<WorkerInfo> run_without_end(const Overview& overview);
// How such a run ended, as far as can be told: a full disk takes no note either.
inline constexpr char kNoEndNoted[] =
    "ended without a word: killed, or its disk was full, or its machine went down";

// Why a run ended, without the advice behind it: that was for whoever saw the run end.
std::string short_cause(std::string_view reason);

struct StatusView {
  std::string store;
  std::string run_command;     // what is typed to go on
  std::string resume_command;  // the same after `dogged pause`
  WallTime now{};
  Overview overview;
  std::optional<Source> source;
  std::optional<LastRun> last_run;
  StorePace pace;
  std::vector<QuotaUse> quotas;  // that hold
};

// What is typed to go on. It repeats the flags that bounded a run which left work: the store does
// not know them, and without them the next run would ask at once and as fast as it can.
std::string run_command(const std::optional<LastRun>& last, std::string_view db_argument);

// When the next request may be made.
struct NextStart {
  enum class Kind { nothing_left, now, at, others_at_it, resumed };
  Kind kind = Kind::nothing_left;  // resumed: after `dogged resume`
  WallTime at{};                   // for at
  enum class Cause { parked, server, quota } cause = Cause::parked;  // for at: what binds
};
NextStart next_start(const StatusView& view);

std::string status_text(const StatusView& view);  // lines for people
std::string status_json(const StatusView& view);  // one object

}  // namespace dogged
