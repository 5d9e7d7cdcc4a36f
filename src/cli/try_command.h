// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/import_step.h"
#include "cli/run_options.h"
#include "cli/source_options.h"

#include <string>
#include <vector>

namespace dogged {

struct TryCommandOptions {
  std::vector<std::string> what;  // one file, or IDs
  SourceOptions source;
  ImportFlags input;
  RunFlags caps;  // -j and --rate alone
  std::vector<std::string> add;
};

void add_try_command(CommandLine& line);
ExitStatus run_try_command(const TryCommandOptions& options, CommandContext& context);

}  // namespace dogged
