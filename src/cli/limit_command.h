// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "pace/caps.h"

#include <optional>

namespace dogged {

// Each: absent stays as it is; given without a value ("none") is taken away.
struct LimitOptions {
  std::optional<std::optional<Rate>> rate;
  std::optional<std::optional<int>> max_concurrency;
  std::optional<std::optional<Quota>> quota;
};

void add_limit_command(CommandLine& line);
ExitStatus run_limit_command(const LimitOptions& options, CommandContext& context);

}  // namespace dogged
