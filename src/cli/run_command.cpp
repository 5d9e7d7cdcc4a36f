// SPDX-License-Identifier: MIT
#include "cli/run_command.h"

#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/run_step.h"
#include "cli/run_text.h"
#include "cli/store_source.h"

namespace dogged {
namespace {

bool nothing_left(const QueueOutlook& jobs) {
  const std::int64_t settled = jobs.done + jobs.not_found + jobs.failed;
  return jobs.ready + jobs.leased == 0 && settled > 0;
}

bool has_work(StoreReader& reader, const BatchInfo& batch) {
  bool found = false;
  ExportSelection open;
  open.batch = batch.id;
  open.states = {JobState::ready, JobState::leased};
  open.with_bodies = false;
  reader.each_export_row(open, [&found](const ExportRow&) {
    found = true;
    return false;
  });
  return found;
}

// " --batch NAME" where only that one of several batches has something to ask, before the run;
// where more have, or it would take long to tell, all.
std::string batch_argument(StoreReader& reader, bool others_may_come) {
  constexpr std::int64_t kQuicklyRead = 200'000;  // rows
  const std::vector<BatchInfo> batches = reader.batches();
  std::int64_t rows = 0;
  for (const BatchInfo& batch : batches) {
    rows += batch.rows;
  }
  if (batches.size() <= 1 && !others_may_come) {
    return "";
  }
  std::vector<std::string> open;
  for (const BatchInfo& batch : batches) {
    if (rows <= kQuicklyRead && has_work(reader, batch)) {
      open.push_back(batch.name);
    }
  }
  return " --batch " + (open.size() == 1 && !others_may_come ? shell_word(open.front()) : "all");
}

}  // namespace

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
  // Its making needs the secrets, which may be out of reach when the work is done.
  std::unique_ptr<StoreReader> reader = open_reader(context.common.db);
  std::unique_ptr<RequestBuilder> builder;
  if (options.run.follow || !nothing_left(reader->overview().jobs)) {
    builder = check_source(resolved);
  }

  StopSignal stop;
  const std::unique_ptr<JobStore> store = open_existing_store(context.common, &stop);
  keep_source(*store, resolved);
  const std::string export_command = "dogged export -o out.csv" +
                                     batch_argument(*reader, options.run.follow) +
                                     db_argument(context.common);
  reader.reset();  // a snapshot held for long would let the store's log grow
  const RunResult result = builder
                               ? run_and_tell({options.run, resolved, *builder,
                                               typed_command(context.arguments), export_command},
                                              *store, stop, context)
                               : tell_nothing_left(options.run, resolved, context);
  if (context.common.json) {
    context.out.line(run_json(result.report));
  } else if (result.report.end == RunEnd::finished) {
    log_info("next: " + export_command);
  }
  return result.status;
}

}  // namespace dogged
