// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/run_options.h"
#include "cli/source_options.h"

namespace dogged {

struct RunCommandOptions {
  SourceOptions source;
  RunFlags run;
};

void add_run_command(CommandLine& line);
ExitStatus run_run_command(const RunCommandOptions& options, CommandContext& context);

}  // namespace dogged
