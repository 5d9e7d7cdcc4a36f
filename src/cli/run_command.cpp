// SPDX-License-Identifier: MIT
#include "cli/run_command.h"

#include "cli/existing_store.h"
#include "cli/run_step.h"
#include "cli/run_text.h"
#include "cli/store_source.h"

namespace dogged {

void add_run_command(CommandLine& line) {
  auto options = std::make_shared<RunCommandOptions>();
  CommandOptions add = line.add(
      {.path = "run",
       .group = group::kWork,
       .summary = "Fetch what is left, until nothing is; any number may run on one store",
       .details = "Ctrl-C once finishes what is in flight and ends with 130, twice stops at once; "
                  "neither loses anything. SIGTERM and SIGHUP drain and end with 4.",
       .json = true},
      options, run_run_command);
  add_run_options(add, options->run);
  add_source_options(add, options->source);
}

ExitStatus run_run_command(const RunCommandOptions& options, CommandContext& context) {
  require_store(context.common);
  bring_up_to_date(context.common.db);
  const ResolvedSource resolved = resolve_for_store(options.source, context.common.db);
  tell_warnings(resolved);
  const std::unique_ptr<RequestBuilder> builder = check_source(resolved);

  StopSignal stop;
  const std::unique_ptr<JobStore> store = open_existing_store(context.common, &stop);
  keep_source(*store, resolved);
  const RunResult result =
      run_and_tell({options.run, resolved, *builder, typed_command(context.arguments),
                    "dogged export -o out.csv" + db_argument(context.common)},
                   *store, stop, context);
  if (context.common.json) {
    context.out.line(run_json(result.report));
  } else if (result.report.end == RunEnd::finished) {
    log_info("next: dogged export -o out.csv" + db_argument(context.common));
  }
  return result.status;
}

}  // namespace dogged
