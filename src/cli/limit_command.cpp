// SPDX-License-Identifier: MIT
#include "cli/limit_command.h"

#include "base/log.h"
#include "cli/cap_option.h"
#include "cli/caps_text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/run_options.h"
#include "cli/store_pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace dogged {
namespace {

Result<int> parse_at_once(std::string_view text) {
  int count = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || at != end || count < 1 || count > kMostAtOnce) {
    return Failure{fmt::format("must be a number from 1 to {}", kMostAtOnce)};
  }
  return count;
}

bool changes(const LimitOptions& options) {
  return options.rate || options.max_concurrency || options.quota;
}

void change(const LimitOptions& options, const CommonOptions& common) {
  const std::unique_ptr<JobStore> store = open_existing_store(common);
  // As they are when nobody else can change them: two changes at once both count.
  store->change_setting(setting::kCaps, [&options](const std::optional<std::string>& kept) {
    Caps caps = stored_caps(kept.value_or(""));
    caps.rate = options.rate.value_or(caps.rate);
    caps.max_concurrency = options.max_concurrency.value_or(caps.max_concurrency);
    caps.quota = options.quota.value_or(caps.quota);
    return to_json(caps);
  });
}

void tell(const StorePace& pace, const std::vector<QuotaUse>& quotas, WallTime now, Output& out) {
  out.line("in the store: " + describe_caps(pace.caps));
  if (pace.source_caps != Caps()) {
    out.line("of the source: " + describe_caps(pace.source_caps));
  }
  for (const QuotaUse& use : quotas) {
    out.line("quota " + quota_text(use, now));
  }
}

}  // namespace

void add_limit_command(CommandLine& line) {
  auto options = std::make_shared<LimitOptions>();
  CommandOptions add = line.add(
      {.path = "limit",
       .group = group::kWork,
       .summary = "Set or show the caps in the store, which hold for every run on it together",
       .details = "Running workers keep to them within two seconds. They hold over a run's flags "
                  "and over the source's caps: the lower one counts. (Of those two the flag "
                  "counts.) Without options: shows them, and what is used of the quota.",
       .json = true},
      options, run_limit_command);
  add_cap(add, "--rate", parse_rate, options->rate,
          {"N/s|min|h|day|none", "Requests started at most in any such span; 5 alone is 5/s"});
  add_cap(add, "-j,--max-concurrency", parse_at_once, options->max_concurrency,
          {"N|none", "Requests in flight at most"});
  add_cap(add, "--quota", parse_quota, options->quota,
          {"N/day[@HH:MM ZONE]|none",
           "Requests at most in each day that begins at that time, or N/h, N/min"});
}

ExitStatus run_limit_command(const LimitOptions& options, CommandContext& context) {
  require_store(context.common);
  if (changes(options)) {
    change(options, context.common);
  }
  const WallTime now = context.clock.wall();
  const std::unique_ptr<StoreReader> reader = open_existing_reader(context.common);
  const StorePace pace = read_store_pace(*reader, readable_source(*reader), now);
  const std::vector<QuotaUse> quotas =
      quotas_in_use(pace.caps, pace.source_caps, pace.quota_used, now);
  if (context.common.json) {
    context.out.line(JsonObject()
                         .raw("caps", caps_json(pace.caps))
                         .raw("source_caps", caps_json(pace.source_caps))
                         .raw("quotas", quotas_json(quotas))
                         .str());
    return ExitStatus::done;
  }
  tell(pace, quotas, now, context.out);
  const std::vector<WorkerInfo> workers = reader->overview().workers;
  if (changes(options) && std::any_of(workers.begin(), workers.end(),
                                      [](const WorkerInfo& worker) { return worker.alive; })) {
    log_info("running workers keep to it within two seconds");
  }
  return ExitStatus::done;
}

}  // namespace dogged
