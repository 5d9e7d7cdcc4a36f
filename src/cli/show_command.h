// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct ShowOptions {
  std::vector<std::string> ids;
  bool full = false;
};

void add_show_command(CommandLine& line);
ExitStatus run_show_command(const ShowOptions& options, CommandContext& context);

}  // namespace dogged
