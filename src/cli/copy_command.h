// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct CopyOptions {
  std::string to;
};

void add_copy_command(CommandLine& line);
ExitStatus run_copy_command(const CopyOptions& options, CommandContext& context);

}  // namespace dogged
