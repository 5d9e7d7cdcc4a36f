// SPDX-License-Identifier: MIT
#include "cli/cli.h"
#include "cli/exit_status.h"
#include "cli/standard_streams.h"

int main(int argc, char** argv) {
  if (!dogged::hold_standard_streams()) {
    return static_cast<int>(dogged::ExitStatus::error);  // there is no stream to say so on
  }
  return dogged::cli_main(argc, argv);
}
