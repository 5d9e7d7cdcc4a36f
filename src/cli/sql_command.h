// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct SqlOptions {
  std::string statement;
};

void add_sql_command(CommandLine& line);
ExitStatus run_sql_command(const SqlOptions& options, CommandContext& context);

}  // namespace dogged
