// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct RetryOptions {
  std::vector<std::string> ids;
  bool failed = false;
  bool not_found = false;
  std::string error;
};

void add_retry_command(CommandLine& line);
ExitStatus run_retry_command(const RetryOptions& options, CommandContext& context);

}  // namespace dogged
