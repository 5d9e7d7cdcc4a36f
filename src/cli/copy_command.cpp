// SPDX-License-Identifier: MIT
#include "cli/copy_command.h"

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"

#include <fmt/format.h>

#include <filesystem>

namespace dogged {

void add_copy_command(CommandLine& line) {
  auto options = std::make_shared<CopyOptions>();
  CommandOptions add = line.add({.path = "copy",
                                 .group = group::kChange,
                                 .summary = "Copy the store, also while a run is going on",
                                 .details = "The copy is consistent, and whole or not there.",
                                 .json = true},
                                options, run_copy_command);
  add.text("--to", options->to, {"FILE", "The copy; must not exist yet"});
}

ExitStatus run_copy_command(const CopyOptions& options, CommandContext& context) {
  if (options.to.empty()) {
    throw Error(Fault::usage, "say where the copy goes: --to FILE");
  }
  if (options.to.find("://") != std::string::npos) {
    throw Error(Fault::usage, fmt::format("--to '{}': this version copies to files only",
                                          printable(options.to.substr(0, options.to.find(':')))));
  }
  require_store(context.common);
  copy_store(context.common.db, options.to);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.to));
  if (context.common.json) {
    context.out.line(JsonObject().text("copy", options.to).number("bytes", bytes).str());
  } else {
    context.out.line(fmt::format("copied {} to {} ({})", printable(context.common.db),
                                 printable(options.to), format_size(bytes)));
  }
  return ExitStatus::done;
}

}  // namespace dogged
