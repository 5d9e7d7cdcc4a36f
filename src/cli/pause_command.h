// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct PauseOptions {};
void add_pause_command(CommandLine& line);
ExitStatus run_pause_command(const PauseOptions& options, CommandContext& context);

// The way back.
struct ResumeOptions {};
void add_resume_command(CommandLine& line);
ExitStatus run_resume_command(const ResumeOptions& options, CommandContext& context);

}  // namespace dogged
