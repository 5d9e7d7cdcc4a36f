// SPDX-License-Identifier: MIT
#include "cli/export_command.h"

#include "base/error.h"
#include "cli/existing_store.h"
#include "cli/import_step.h"
#include "cli/owned_file.h"
#include "cli/store_source.h"

namespace dogged {

void add_export_command(CommandLine& line) {
  auto options = std::make_shared<ExportCommandOptions>();
  CommandOptions add = line.add(
      {.path = "export",
       .group = group::kWork,
       .summary = "Write a batch as CSV or JSON lines, one line per input row, with its answer",
       .details =
           "The input's own columns, then key, state, http_status, fetched_at, error, mended, "
           "then the added columns. May run during a run: it shows one instant. A file that is "
           "there is replaced where dogged wrote it and nobody changed it since.",
       .json = true},
      options, run_export_command);
  add_export_options(add, options->flags);
  add.text("--batch", options->flags.batch, {"NAME|all", "Which import (the last)"});
  add.text("--source", options->source.source,
           {"FILE|NAME", "Take columns and languages from there (the store's source)"});
  add_lang_option(add, options->source);
}

ExitStatus run_export_command(const ExportCommandOptions& options, CommandContext& context) {
  require_store(context.common);
  const ExportFlags& flags = options.flags;
  const bool to_stdout = flags.output == "-";
  if (to_stdout && context.common.json) {
    throw Error(Fault::usage, "--json and -o - both want stdout; give -o FILE");
  }
  refuse_same_file({{"--db", context.common.db}, {"-o", flags.output}});
  check_output(flags.output, flags.force,
               flags.output.empty() ? std::nullopt : stored_marks(context.common, flags.output));
  SourceOptions columns_only = options.source;
  columns_only.change_source = true;  // nothing is asked
  const ResolvedSource resolved =
      resolve_source(columns_only, stored_source_toml(context.common.db));
  ExportOptions what = make_export_options(flags, resolved.source);

  const std::unique_ptr<StoreReader> reader = open_existing_reader(context.common);
  const auto others = parallel_readers(*reader);
  const std::optional<BatchInfo> batch = choose_batch(*reader, flags.batch);
  if (batch) {
    what.selection.batch = batch->id;
    const auto delimiter = reader->setting(delimiter_setting(batch->name));
    if (flags.excel && delimiter && delimiter->size() == 1) {
      what.delimiter = delimiter->front();
    }
  }
  const ExportReport report = export_and_tell(*reader, others, what, flags.output, context);
  if (context.common.json) {
    context.out.line(export_json(flags.output, report));
  }
  return ExitStatus::done;
}

}  // namespace dogged
