// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

namespace dogged {

struct FieldsOptions {
  std::int64_t sample = 1000;
};

void add_fields_command(CommandLine& line);
ExitStatus run_fields_command(const FieldsOptions& options, CommandContext& context);

}  // namespace dogged
