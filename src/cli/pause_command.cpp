// SPDX-License-Identifier: MIT
#include "cli/pause_command.h"

#include "base/log.h"
#include "base/units.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/setting_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {
namespace {

std::optional<WallTime> paused_since(JobStore& store) {
  return time_from_ms(store.setting(setting::kPaused).value_or(""));
}

void tell_json(CommandContext& context, std::optional<WallTime> since, bool changed) {
  context.out.line(JsonObject()
                       .truth("paused", since.has_value())
                       .time("since", since)
                       .truth("changed", changed)
                       .str());
}

}  // namespace

void add_pause_command(CommandLine& line) {
  line.add({.path = "pause",
            .group = group::kWork,
            .summary = "Start no more requests, in any run on the store, until `dogged resume`",
            .details = "Running workers obey within two seconds: they finish what is in flight and "
                       "wait. New runs wait too; with --max-wait they leave with 4.",
            .json = true},
           std::make_shared<PauseOptions>(), run_pause_command);
}

ExitStatus run_pause_command(const PauseOptions&, CommandContext& context) {
  const std::unique_ptr<JobStore> store = open_existing_store(context.common);
  const WallTime now = context.clock.wall();
  const std::optional<WallTime> before = paused_since(*store);
  if (!before) {
    store->put_setting(setting::kPaused, std::to_string(to_ms(now)));
  }
  if (context.common.json) {
    tell_json(context, before.value_or(now), !before);
    return ExitStatus::done;
  }
  context.out.line(before ? fmt::format("paused already, since {}", local_time(*before, now))
                          : "paused: no more requests are started, those in flight end");
  log_info(fmt::format("to go on: dogged resume{}", db_argument(context.common)));
  return ExitStatus::done;
}

void add_resume_command(CommandLine& line) {
  line.add({.path = "resume",
            .group = group::kWork,
            .summary = "End what `dogged pause` began",
            .details = "Running workers go on within two seconds. Where none runs: `dogged run`.",
            .json = true},
           std::make_shared<ResumeOptions>(), run_resume_command);
}

ExitStatus run_resume_command(const ResumeOptions&, CommandContext& context) {
  const std::unique_ptr<JobStore> store = open_existing_store(context.common);
  const WallTime now = context.clock.wall();
  const std::optional<WallTime> before = paused_since(*store);
  if (before) {
    store->put_setting(setting::kPaused, "");  // an empty setting is one that was taken away
  }
  if (context.common.json) {
    tell_json(context, std::nullopt, before.has_value());
    return ExitStatus::done;
  }
  if (!before) {
    context.out.line("not paused: nothing to resume");
    return ExitStatus::done;
  }
  context.out.line(fmt::format("resumed after a pause of {}",
                               format_duration(std::max(Millis(0), now - *before))));
  const std::vector<WorkerInfo> workers = open_existing_reader(context.common)->overview().workers;
  if (std::none_of(workers.begin(), workers.end(), [](const WorkerInfo& w) { return w.alive; })) {
    log_info("no run is at it; to go on: dogged run" + db_argument(context.common));
  }
  return ExitStatus::done;
}

}  // namespace dogged
