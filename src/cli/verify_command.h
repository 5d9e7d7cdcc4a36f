// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct VerifyOptions {};

void add_verify_command(CommandLine& line);
ExitStatus run_verify_command(const VerifyOptions& options, CommandContext& context);

}  // namespace dogged
