// SPDX-License-Identifier: MIT
#include "cli/import_command.h"

#include "cli/owned_file.h"
#include "cli/store_source.h"
#include "store/open_store.h"

namespace dogged {

void add_import_command(CommandLine& line) {
  auto options = std::make_shared<ImportCommandOptions>();
  CommandOptions add = line.add(
      {.path = "import",
       .group = group::kWork,
       .summary = "Take in a list of IDs: CSV, TSV, JSON lines or one ID a line",
       .details =
           "All of it or nothing. The same import again adds nothing. The store is made where "
           "there is none. Ends with 3 where rows were rejected; over half: nothing is "
           "imported.",
       .json = true},
      options, run_import_command);
  add.argument("FILE", options->input.file, true, "The list; - for stdin");
  add_id_options(add, options->source);
  add_import_options(add, options->input);
  add.flag("--force", options->force, "Overwrite the FILE of --rejects");
  add_source_options(add, options->source);
  add_lang_option(add, options->source);
}

ExitStatus run_import_command(const ImportCommandOptions& options, CommandContext& context) {
  bring_up_to_date(context.common.db);
  const ResolvedSource resolved = resolve_for_store(options.source, context.common.db);
  ImportOptions import = make_import_options(options.input, resolved.source);
  refuse_same_file({{"FILE", options.input.file},
                    {"--db", context.common.db},
                    {"--rejects", import.rejects_file}});
  own_rejects(import, options.force, context.common);
  tell_warnings(resolved);
  check_input(import);

  const std::unique_ptr<JobStore> store = open_store(context.common.db, IfAbsent::create);
  const ImportReport report = import_and_tell(import, *store, context);
  keep_source(*store, resolved);
  const ExitStatus status =
      report.summary.rejected > 0 ? ExitStatus::rows_failed : ExitStatus::done;
  context.out.line(context.common.json ? import_json(options.input.file, report)
                                       : import_line(options.input.file, report.summary));
  return status;
}

}  // namespace dogged
