// SPDX-License-Identifier: MIT
#include "cli/refresh_command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/requeue.h"

#include <fmt/format.h>

namespace dogged {

void add_refresh_command(CommandLine& line) {
  auto options = std::make_shared<RefreshOptions>();
  CommandOptions add = line.add(
      {.path = "refresh",
       .group = group::kChange,
       .summary = "Ask again what was answered (done and not found)",
       .details = "The jobs are ready again; `dogged run` asks them. An answer stays, and is "
                  "exported, until a newer one comes.",
       .json = true},
      options, run_refresh_command);
  add.arguments("ID", options->ids, false, "Only these");
  add.duration("--older-than", options->older_than,
               {"DURATION", "Only what was answered longer ago than that: 12h, 30d"});
  add.flag("--all", options->all, "All that was answered");
}

ExitStatus run_refresh_command(const RefreshOptions& options, CommandContext& context) {
  if (options.all == (!options.ids.empty() || options.older_than)) {
    throw Error(Fault::usage, "say what to refresh: IDs, --older-than DURATION, or --all alone");
  }
  RequeueFilter filter;
  filter.states = {JobState::done, JobState::not_found};
  if (options.older_than) {
    filter.settled_before = context.clock.wall() - *options.older_than;
  }
  filter.keys = typed_keys(options.ids, context.common, [](const JobRow& job) {
    if (job.state == JobState::failed) {
      throw Error(Fault::usage,
                  fmt::format("{} has no answer, it failed; `dogged retry {}` asks it again",
                              printable(job.key, 80), shell_word(printable(job.key, 80))));
    }
  });
  return requeue_and_tell(filter, context);
}

}  // namespace dogged
