// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct RemoveOptions {
  std::string batch;
  bool yes = false;
};

void add_remove_command(CommandLine& line);
ExitStatus run_remove_command(const RemoveOptions& options, CommandContext& context);

}  // namespace dogged
