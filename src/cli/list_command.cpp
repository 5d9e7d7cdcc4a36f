// SPDX-License-Identifier: MIT
#include "cli/list_command.h"

#include "base/log.h"
#include "base/units.h"
#include "cli/existing_store.h"
#include "cli/render_job.h"
#include "cli/render_table.h"

#include <fmt/format.h>

namespace dogged {
namespace {

// When something happens to the job, or did.
std::string when(const JobRow& job, WallTime now) {
  if (job.state == JobState::ready) {
    return job.due && *job.due > now ? "due " + local_time(*job.due, now) : "";
  }
  return job.settled_at ? local_time(*job.settled_at, now) : "";
}

std::vector<std::string> job_cells(const JobRow& job, WallTime now) {
  return {job.key,
          std::string(word(job.state)),
          std::to_string(job.attempts),
          job.refusals == 0 ? "" : std::to_string(job.refusals),
          job.http_status == 0 ? "" : std::to_string(job.http_status),
          when(job, now),
          job.error};
}

}  // namespace

void add_list_command(CommandLine& line) {
  auto options = std::make_shared<ListOptions>();
  CommandOptions add = line.add({.path = "list",
                                 .group = group::kInspect,
                                 .summary = "The jobs, in order of import",
                                 .details = "With --json: one object a line.",
                                 .json = true},
                                options, run_list_command);
  add.parsed("--state",
             [options](std::string_view value) {
               for (std::size_t from = 0; from <= value.size();) {
                 const std::size_t comma = std::min(value.find(',', from), value.size());
                 const std::optional<JobState> state =
                     job_state_from(value.substr(from, comma - from));
                 if (!state) {
                   return std::string("not one of ready, leased, done, not_found, failed");
                 }
                 options->states.push_back(*state);
                 from = comma + 1;
               }
               return std::string();
             },
             {"STATE", "Only these: ready, leased, done, not_found, failed; several with commas"});
  add.text("--error", options->error,
           {"TEXT", "Only jobs whose error holds TEXT, or matches it where it has * or ?"});
  add.number("--limit", options->limit, 0, {"N", "Show N at most; 0: all (default: 50)"});
}

ExitStatus run_list_command(const ListOptions& options, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  const WallTime now = context.clock.wall();
  JobFilter filter;
  filter.states = options.states;
  filter.error_like = options.error;
  filter.limit = options.limit == 0 ? 0 : options.limit + 1;  // one more tells that there are more

  using Align = TableColumn::Align;
  TableWriter table(context.out, {{"key"},
                                  {"state"},
                                  {"attempts", Align::right},
                                  {"refusals", Align::right},
                                  {"http", Align::right},
                                  {"when"},
                                  {"error", Align::left, 200}});
  std::int64_t shown = 0;
  bool more = false;
  reader->each_job(filter, [&](const JobRow& job) {
    more = options.limit != 0 && shown == options.limit;
    if (more) {
      return false;
    }
    ++shown;
    if (context.common.json) {
      context.out.line(job_row_json(job).str());
    } else {
      table.add(job_cells(job, now));
    }
    return true;
  });
  if (!context.common.json && shown > 0) {
    table.finish();
  }
  if (shown == 0) {
    log_info("no such jobs");
  } else if (more) {
    log_info(
        fmt::format("there are more than these {}; --limit N shows more, --limit 0 all", shown));
  }
  return ExitStatus::done;
}

}  // namespace dogged
