// SPDX-License-Identifier: MIT
#include "cli/remove_command.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace dogged {
namespace {

BatchInfo batch_named(const std::string& name, const CommonOptions& common) {
  const auto reader = open_existing_reader(common);
  std::vector<std::string> names;
  for (const BatchInfo& batch : reader->batches()) {
    if (batch.name == name) {
      return batch;
    }
    names.push_back(batch.name);
  }
  const std::string near = nearest(name, names);
  throw Error(Fault::usage,
              fmt::format("there is no batch '{}' in {}{}; `dogged status{}` lists them",
                          printable(name, 80), printable(common.db),
                          near.empty() ? "" : fmt::format(": did you mean '{}'?", printable(near)),
                          db_argument(common)));
}

// Asks on stderr, because stdout is for results. Anything but a yes is a no.
bool confirmed(const std::string& question) {
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::fflush(stderr);
  std::array<char, 16> answer{};
  if (std::fgets(answer.data(), static_cast<int>(answer.size()), stdin) == nullptr) {
    return false;
  }
  const std::string word = lower_case(trimmed(answer.data()));
  return word == "y" || word == "yes";
}

}  // namespace

void add_remove_command(CommandLine& line) {
  auto options = std::make_shared<RemoveOptions>();
  CommandOptions add = line.add(
      {.path = "remove",
       .group = group::kChange,
       .summary = "Remove a batch, with the jobs and answers that no other batch has",
       .details = "Jobs that a run has in flight are kept. There is no way back but a copy "
                  "(`dogged copy`).",
       .json = true},
      options, run_remove_command);
  add.text("--batch", options->batch, {"NAME", "Which, as `dogged status` lists it"});
  add.flag("--yes", options->yes, "Do not ask");
}

ExitStatus run_remove_command(const RemoveOptions& options, CommandContext& context) {
  if (options.batch.empty()) {
    throw Error(Fault::usage, "say which batch: --batch NAME; `dogged status" +
                                  db_argument(context.common) + "` lists them");
  }
  const BatchInfo batch = batch_named(options.batch, context.common);
  if (!options.yes) {
    if (isatty(STDIN_FILENO) != 1) {
      throw Error(Fault::usage, fmt::format("removing batch '{}' cannot be undone and there is no "
                                            "terminal to ask on; say --yes where it is meant",
                                            printable(batch.name)));
    }
    if (!confirmed(fmt::format("Remove batch '{}' ({} rows, imported {}) with the answers that no "
                               "other batch has?",
                               printable(batch.name), with_thousands(batch.rows),
                               local_time(batch.imported_at, context.clock.wall())))) {
      log_info("nothing was removed");
      return ExitStatus::done;
    }
  }
  const auto store = open_existing_store(context.common);
  const std::int64_t jobs = store->remove_batch(batch.name, context.clock.wall());
  if (context.common.json) {
    context.out.line(JsonObject()
                         .text("batch", batch.name)
                         .number("rows_removed", batch.rows)
                         .number("jobs_removed", jobs)
                         .str());
  } else {
    context.out.line(fmt::format("removed batch '{}': {} rows, {} jobs", printable(batch.name),
                                 with_thousands(batch.rows), with_thousands(jobs)));
  }
  return ExitStatus::done;
}

}  // namespace dogged
