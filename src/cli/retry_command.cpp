// SPDX-License-Identifier: MIT
#include "cli/retry_command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/requeue.h"

#include <fmt/format.h>

namespace dogged {
namespace {

// Those named by ID may be of either kind unless one was named.
std::vector<JobState> states_meant(const RetryOptions& options) {
  std::vector<JobState> states;
  const bool either = !options.ids.empty() && !options.failed && !options.not_found;
  if (options.failed || either || !options.not_found) {
    states.push_back(JobState::failed);
  }
  if (options.not_found || either) {
    states.push_back(JobState::not_found);
  }
  return states;
}

}  // namespace

void add_retry_command(CommandLine& line) {
  auto options = std::make_shared<RetryOptions>();
  CommandOptions add = line.add(
      {.path = "retry",
       .group = group::kChange,
       .summary = "Ask again what failed",
       .details =
           "Without options: all failed jobs. They are ready again with their attempts at 0; "
           "`dogged run` asks them. Answered ones: `dogged refresh`.",
       .json = true},
      options, run_retry_command);
  add.arguments("ID", options->ids, false, "Only these, failed or not found");
  add.flag("--failed", options->failed, "Failed jobs (the default)");
  add.flag("--not-found", options->not_found, "IDs that the source did not hold");
  add.text("--error", options->error,
           {"TEXT", "Only jobs whose error holds TEXT, or matches it where it has * or ?"});
}

ExitStatus run_retry_command(const RetryOptions& options, CommandContext& context) {
  RequeueFilter filter;
  filter.states = states_meant(options);
  filter.error_like = options.error;
  filter.keys = typed_keys(options.ids, context.common, [](const JobRow& job) {
    if (job.state == JobState::done) {
      throw Error(Fault::usage,
                  fmt::format("{} is done; `dogged refresh {}` asks it again",
                              printable(job.key, 80), shell_word(printable(job.key, 80))));
    }
  });
  return requeue_and_tell(filter, context);
}

}  // namespace dogged
