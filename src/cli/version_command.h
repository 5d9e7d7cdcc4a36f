// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct VersionOptions {
  bool brief = false;
};

void add_version_command(CommandLine& line);
ExitStatus run_version_command(const VersionOptions& options, CommandContext& context);

}  // namespace dogged
