// SPDX-License-Identifier: MIT
#pragma once

namespace dogged {

// The whole program: parses the command line, runs the command, prints, and returns the exit status
// (cli/exit_status.h). Never throws.
int cli_main(int argc, char** argv);

}  // namespace dogged
