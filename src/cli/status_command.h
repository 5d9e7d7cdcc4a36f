// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct StatusOptions {};

void add_status_command(CommandLine& line);
ExitStatus run_status_command(const StatusOptions& options, CommandContext& context);

}  // namespace dogged
