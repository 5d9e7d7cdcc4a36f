// SPDX-License-Identifier: MIT
#include "cli/version_command.h"

#include "base/json_document.h"
#include "base/version.h"

namespace dogged {

void add_version_command(CommandLine& line) {
  auto options = std::make_shared<VersionOptions>();
  CommandOptions add = line.add({.path = "version",
                                 .group = group::kInspect,
                                 .summary = "The version of this program",
                                 .details = "",
                                 .json = true},
                                options, run_version_command);
  add.flag("--brief", options->brief, "Only the number");
}

ExitStatus run_version_command(const VersionOptions& options, CommandContext& context) {
  if (context.common.json) {
    context.out.line("{\"version\":" + json_string(kVersion) + "}");
  } else {
    context.out.line(options.brief ? kVersion : std::string("dogged ") + kVersion);
  }
  return ExitStatus::done;
}

}  // namespace dogged
