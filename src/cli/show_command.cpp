// SPDX-License-Identifier: MIT
#include "cli/show_command.h"

#include "base/log.h"
#include "cli/existing_store.h"
#include "cli/render_job.h"

namespace dogged {

void add_show_command(CommandLine& line) {
  auto options = std::make_shared<ShowOptions>();
  CommandOptions add = line.add(
      {.path = "show",
       .group = group::kInspect,
       .summary = "All about single IDs: input rows, attempts, answer",
       .details = "An ID is taken as it is; where there is none of that name, as the source's ID "
                  "rule mends it.\n\nPlain successes at the first try have no attempt row. With "
                  "--json: one object a line.",
       .json = true},
      options, run_show_command);
  add.arguments("ID", options->ids, true, "Which");
  add.flag("--full", options->full, "The whole answer, however long");
}

ExitStatus run_show_command(const ShowOptions& options, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  const WallTime now = context.clock.wall();
  bool all_found = true;
  bool first = true;
  for (const std::string& id : options.ids) {
    const std::optional<JobDetail> job = find_typed_job(*reader, id);
    if (!job) {
      log_error(unknown_id(context.common, id));
      all_found = false;
      continue;
    }
    if (context.common.json) {
      context.out.line(job_detail_json(*job));
    } else {
      context.out.write(first ? "" : "\n");
      context.out.write(job_detail_text(*job, now, options.full));
    }
    first = false;
  }
  return all_found ? ExitStatus::done : ExitStatus::error;
}

}  // namespace dogged
