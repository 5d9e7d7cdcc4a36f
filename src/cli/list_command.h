// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "job/job_state.h"

namespace dogged {

struct ListOptions {
  std::vector<JobState> states;  // empty: all
  std::string error;
  std::int64_t limit = 50;  // 0: all
};

void add_list_command(CommandLine& line);
ExitStatus run_list_command(const ListOptions& options, CommandContext& context);

}  // namespace dogged
