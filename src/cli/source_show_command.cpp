// SPDX-License-Identifier: MIT
#include "cli/source_show_command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_json.h"
#include "cli/render_table.h"

namespace dogged {

void add_source_show_command(CommandLine& line) {
  line.add(
      {.path = "source show",
       .group = group::kInspect,
       .summary = "What the store's jobs are asked of, as a source file (TOML)",
       .details = "Without secrets: they are never stored. The output can be changed and given "
                  "back with --source FILE.",
       .json = true},
      std::make_shared<SourceShowOptions>(), run_source_show_command);
}

ExitStatus run_source_show_command(const SourceShowOptions&, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  const std::optional<std::string> toml = reader->setting(setting::kSource);
  if (!toml) {
    throw Error("the store " + printable(context.common.db) +
                " has no source yet; give `dogged run` or `dogged import` a --url or --source");
  }
  if (context.common.json) {
    const std::optional<Source> source = readable_source(*reader);
    context.out.line(JsonObject()
                         .raw("name", string_or_null(source ? source->name : ""))
                         .raw("url", string_or_null(source ? source->request.url : ""))
                         .text("toml", *toml)
                         .str());
  } else if (context.out.is_terminal()) {
    context.out.write(printable_lines(*toml));
  } else {
    context.out.write(*toml);
    if (toml->empty() || toml->back() != '\n') {
      context.out.line("");
    }
  }
  return ExitStatus::done;
}

}  // namespace dogged
