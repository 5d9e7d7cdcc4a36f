// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/export_step.h"
#include "cli/import_step.h"
#include "cli/run_options.h"
#include "cli/source_options.h"

namespace dogged {

struct FetchCommandOptions {
  SourceOptions source;
  ImportFlags input;
  RunFlags run;
  ExportFlags output;
};

void add_fetch_command(CommandLine& line);
ExitStatus run_fetch_command(const FetchCommandOptions& options, CommandContext& context);

}  // namespace dogged
