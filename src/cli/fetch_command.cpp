// SPDX-License-Identifier: MIT
#include "cli/fetch_command.h"

#include "base/error.h"
#include "cli/json_object.h"
#include "cli/owned_file.h"
#include "cli/run_step.h"
#include "cli/run_text.h"
#include "cli/store_source.h"
#include "store/open_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {
namespace {

// What the steps share.
struct Fetch {
  const FetchCommandOptions& options;
  CommandContext& context;
  ResolvedSource resolved;
  ImportOptions import;
  ExportOptions what;
  std::unique_ptr<RequestBuilder> builder;
};

// All that can be refused is refused here, before there is a store and before hours have passed.
Fetch prepare(const FetchCommandOptions& options, CommandContext& context) {
  const CommonOptions& common = context.common;
  const std::string& output = options.output.output;
  if (output == "-" && common.json) {
    throw Error(Fault::usage, "--json and -o - both want stdout; give -o FILE");
  }
  bring_up_to_date(common.db);
  Fetch fetch{options, context, resolve_for_store(options.source, common.db), {}, {}, {}};
  fetch.import = make_import_options(options.input, fetch.resolved.source);
  check_output(output, options.output.force,
               output.empty() ? std::nullopt : stored_marks(common, output));
  if (fetch.import.rejects_file.empty() && output != "-") {
    fetch.import.rejects_file = output + ".rejects.csv";
  }
  refuse_same_file({{"FILE", options.input.file},
                    {"--db", common.db},
                    {"-o", output},
                    {"--rejects", fetch.import.rejects_file}});
  own_rejects(fetch.import, options.output.force, common);
  fetch.what = make_export_options(options.output, fetch.resolved.source);
  tell_warnings(fetch.resolved);
  fetch.builder = check_source(fetch.resolved);
  check_input(fetch.import);
  return fetch;
}

BatchInfo find_batch(StoreReader& reader, const std::string& name) {
  const std::vector<BatchInfo> batches = reader.batches();
  const auto found = std::find_if(batches.begin(), batches.end(),
                                  [&name](const BatchInfo& batch) { return batch.name == name; });
  if (found != batches.end()) {
    return *found;
  }
  throw Error(fmt::format("the batch '{}' was removed by somebody else meanwhile", name));
}

// Whether a row of this batch failed. Other batches' failures are not this fetch's.
bool batch_has_failures(StoreReader& reader, const BatchInfo& batch) {
  if (reader.overview().jobs.failed == 0) {
    return false;
  }
  bool found = false;
  ExportSelection failed;
  failed.batch = batch.id;
  failed.states = {JobState::failed};
  failed.with_bodies = false;
  reader.each_export_row(failed, [&found](const ExportRow&) {
    found = true;
    return false;
  });
  return found;
}

std::string export_command(const Fetch& fetch, const std::string& batch) {
  const ExportFlags& flags = fetch.options.output;
  std::string command = "dogged export -o " + shell_word(flags.output);
  for (const std::string& column : flags.add) {
    command += " --add " + shell_word(column);
  }
  if (flags.format) {
    command += *flags.format == ExportFormat::csv ? " --format csv" : " --format jsonl";
  }
  command += flags.excel ? " --excel" : "";
  command += " --batch " + shell_word(batch) + db_argument(fetch.context.common);
  return command + (flags.force ? " --force" : "");
}

struct ExportResult {
  ExportReport report;
  ExitStatus status = ExitStatus::done;
};

ExportResult export_batch(const Fetch& fetch, const std::string& batch_name, ExitStatus run) {
  const CommonOptions& common = fetch.context.common;
  const std::string& output = fetch.options.output.output;
  const std::unique_ptr<StoreReader> reader = open_reader(common.db);
  const auto others = parallel_readers(*reader);
  const BatchInfo batch = find_batch(*reader, batch_name);
  ExportOptions what = fetch.what;
  what.selection.batch = batch.id;
  const auto delimiter = reader->setting(delimiter_setting(batch.name));
  if (what.excel && delimiter && delimiter->size() == 1) {
    what.delimiter = delimiter->front();
  }
  // Others may have written there while we were at it.
  check_output(output, fetch.options.output.force, reader->setting(export_setting(output)));
  ExportResult result;
  result.report = export_and_tell(*reader, others, what, output, fetch.context);
  result.status = run;
  if (run == ExitStatus::done || run == ExitStatus::rows_failed) {
    const bool failed = batch.rejected > 0 || batch_has_failures(*reader, batch);
    result.status = failed ? ExitStatus::rows_failed : ExitStatus::done;
  }
  return result;
}

}  // namespace

void add_fetch_command(CommandLine& line) {
  auto options = std::make_shared<FetchCommandOptions>();
  CommandOptions add = line.add(
      {.path = "fetch",
       .group = group::kWork,
       .summary = "From a list to a CSV: import, run and export; run again to resume",
       .details =
           "The same command again goes on where the last one ended. FILE's rejected rows go "
           "to OUT.rejects.csv. OUT is overwritten only where dogged wrote it.",
       .json = true},
      options, run_fetch_command);
  add.argument("FILE", options->input.file, true, "The list of IDs; - for stdin");
  add_export_options(add, options->output);
  add_source_options(add, options->source);
  add_lang_option(add, options->source);
  add_id_options(add, options->source);
  add_import_options(add, options->input);
  add_run_options(add, options->run);
}

ExitStatus run_fetch_command(const FetchCommandOptions& options, CommandContext& context) {
  const Fetch fetch = prepare(options, context);
  StopSignal stop;
  const std::unique_ptr<JobStore> store = open_store(context.common.db, IfAbsent::create, &stop);
  const ImportReport import = import_and_tell(fetch.import, *store, context);
  keep_source(*store, fetch.resolved);
  log_info(import_line(options.input.file, import.summary));

  const RunResult run =
      run_and_tell({options.run, fetch.resolved, *fetch.builder, typed_command(context.arguments),
                    export_command(fetch, import.summary.batch_name), true},
                   *store, stop, context);
  JsonObject json;
  json.raw("import", import_json(options.input.file, import)).raw("run", run_json(run.report));
  ExitStatus status = run.status;
  if (exports_on(run.status)) {
    const ExportResult result = export_batch(fetch, import.summary.batch_name, run.status);
    status = result.status;
    json.raw("export", export_json(options.output.output, result.report));
  } else {
    json.raw("export", "null");
  }
  if (context.common.json) {
    context.out.line(json.number("exit_status", static_cast<std::int64_t>(status)).str());
  }
  return status;
}

}  // namespace dogged
