// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/import_step.h"
#include "cli/source_options.h"

namespace dogged {

struct ImportCommandOptions {
  SourceOptions source;
  ImportFlags input;
  bool force = false;
};

void add_import_command(CommandLine& line);
ExitStatus run_import_command(const ImportCommandOptions& options, CommandContext& context);

}  // namespace dogged
