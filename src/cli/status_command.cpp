// SPDX-License-Identifier: MIT
#include "cli/status_command.h"

#include "cli/existing_store.h"
#include "cli/render_status.h"

namespace dogged {

void add_status_command(CommandLine& line) {
  line.add(
      {.path = "status",
       .group = group::kInspect,
       .summary = "What is where: jobs, batches, workers, caps, and when the next run may go on",
       .details = "",
       .json = true},
      std::make_shared<StatusOptions>(), run_status_command);
}

ExitStatus run_status_command(const StatusOptions&, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  StatusView view;
  view.store = context.common.db;
  view.resume_command = "dogged resume" + db_argument(context.common);
  view.now = context.clock.wall();
  view.overview = reader->overview();
  view.source = readable_source(*reader);
  view.last_run = last_run_from(reader->setting(setting::kLastEnd).value_or(""));
  view.run_command = run_command(view.last_run, db_argument(context.common));
  view.pace = read_store_pace(*reader, view.source, view.now);
  Caps of_run = view.pace.source_caps;
  if (view.last_run && view.last_run->bounds_next() && view.last_run->quota) {
    of_run.quota = view.last_run->quota;  // in place of the source's, as in that run
  }
  view.quotas = quotas_in_use(view.pace.caps, of_run, view.pace.quota_used, view.now);
  context.out.write(context.common.json ? status_json(view) + "\n" : status_text(view));
  return ExitStatus::done;
}

}  // namespace dogged
