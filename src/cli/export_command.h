// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/export_step.h"
#include "cli/source_options.h"

namespace dogged {

struct ExportCommandOptions {
  SourceOptions source;  // --source and --lang alone
  ExportFlags flags;
};

void add_export_command(CommandLine& line);
ExitStatus run_export_command(const ExportCommandOptions& options, CommandContext& context);

}  // namespace dogged
