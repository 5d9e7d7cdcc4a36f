// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct SourceShowOptions {};

void add_source_show_command(CommandLine& line);
ExitStatus run_source_show_command(const SourceShowOptions& options, CommandContext& context);

}  // namespace dogged
