// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

#include <string>

namespace dogged {

struct SourceShowOptions {
  std::string name;  // of a source that comes with dogged; empty: the store's
};

void add_source_show_command(CommandLine& line);
ExitStatus run_source_show_command(const SourceShowOptions& options, CommandContext& context);

}  // namespace dogged
