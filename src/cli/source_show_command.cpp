// SPDX-License-Identifier: MIT
#include "cli/source_show_command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_json.h"
#include "cli/render_table.h"
#include "cli/source_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>
#include <utility>

namespace dogged {

namespace {

struct Shown {
  std::string toml;
  std::optional<Source> source;  // where it can be read
};

Shown of_store(const CommonOptions& common) {
  const auto reader = open_existing_reader(common);
  std::optional<std::string> toml = reader->setting(setting::kSource);
  if (!toml) {
    throw Error("the store " + printable(common.db) +
                " has no source yet; give `dogged run` or `dogged import` a --url or --source");
  }
  return {std::move(*toml), readable_source(*reader)};
}

Shown of_program(const std::string& name) {
  const std::optional<std::string_view> toml = builtin_source(name);
  if (!toml) {
    throw Error(Fault::usage,
                fmt::format("no source '{}' comes with dogged; those that do: {}",
                            printable(name, 80), fmt::join(builtin_source_names(), ", ")));
  }
  return {std::string(*toml), parse_source(*toml, name).source};
}

}  // namespace

void add_source_show_command(CommandLine& line) {
  auto options = std::make_shared<SourceShowOptions>();
  CommandOptions add = line.add(
      {.path = "source show",
       .group = group::kInspect,
       .summary = "What the store's jobs are asked of, as a source file (TOML)",
       .details = "Without secrets: they are never stored. The output can be changed and given "
                  "back with --source FILE. With NAME it is a source that comes with dogged, as "
                  "--source NAME takes it; no store is looked at.",
       .json = true},
      options, run_source_show_command);
  add.argument("NAME", options->name, false, "prh or prh-v1 (the store's own source)");
}

ExitStatus run_source_show_command(const SourceShowOptions& options, CommandContext& context) {
  const auto [toml, source] =
      options.name.empty() ? of_store(context.common) : of_program(options.name);
  if (context.common.json) {
    context.out.line(JsonObject()
                         .raw("name", string_or_null(source ? source->name : ""))
                         .raw("url", string_or_null(source ? source->request.url : ""))
                         .text("toml", toml)
                         .str());
  } else if (context.out.is_terminal()) {
    context.out.write(printable_lines(toml));
  } else {
    context.out.write(toml);
    if (toml.empty() || toml.back() != '\n') {
      context.out.line("");
    }
  }
  return ExitStatus::done;
}

}  // namespace dogged
