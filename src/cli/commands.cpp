// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/version_command.h"

namespace dogged {

void add_all_commands(CommandLine& line) {
  add_version_command(line);
}

}  // namespace dogged
