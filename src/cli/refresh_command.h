// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct RefreshOptions {
  std::vector<std::string> ids;
  bool all = false;
  std::optional<Millis> older_than;
};

void add_refresh_command(CommandLine& line);
ExitStatus run_refresh_command(const RefreshOptions& options, CommandContext& context);

}  // namespace dogged
