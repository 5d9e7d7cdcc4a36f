// SPDX-License-Identifier: MIT
// What `dogged status` shows.
#pragma once

#include "base/clock.h"
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
};
std::optional<LastRun> last_run_from(std::string_view json);

// setting::kWait, where it lies ahead.
std::optional<WallTime> server_wait_from(std::string_view ms, WallTime now);

struct StatusView {
  std::string store;
  std::string run_command;  // what is typed to go on
  WallTime now{};
  Overview overview;
  std::optional<Source> source;
  std::optional<LastRun> last_run;
  std::optional<WallTime> server_wait;
};

// When the next request may be made.
struct NextStart {
  enum class Kind { nothing_left, now, at, others_at_it };
  Kind kind = Kind::nothing_left;
  WallTime at{};              // for at
  bool server_asked = false;  // for at: the server's wait binds, not the jobs' due times
};
NextStart next_start(const StatusView& view);

std::string status_text(const StatusView& view);  // lines for people
std::string status_json(const StatusView& view);  // one object

}  // namespace dogged
