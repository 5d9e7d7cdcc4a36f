// SPDX-License-Identifier: MIT
#include "cli/run_step.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/disk_space.h"
#include "cli/run_text.h"
#include "cli/signals.h"
#include "store/open_store.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace dogged {
namespace {

// Passes everything on, and drains the run before the disk is full.
class DiskWatch final : public Observer {
 public:
  DiskWatch(Observer& next, std::string location, StopSignal& stop)
      : next_(next), location_(std::move(location)), stop_(stop) {}

  void on_progress(const Progress& progress) override {
    next_.on_progress(progress);
    if (progress.elapsed < look_at_ || stop_.draining()) {
      return;
    }
    look_at_ = progress.elapsed + kEvery;
    const std::optional<std::int64_t> free = free_bytes(location_);
    if (free && *free < kLeastFreeBytes) {
      full_ = true;
      stop_.request_drain();
    }
  }
  void on_notice(std::string_view message) override { next_.on_notice(message); }

  bool full() const { return full_; }

 private:
  static constexpr Millis kEvery{10'000};
  Observer& next_;
  const std::string location_;
  StopSignal& stop_;
  Millis look_at_{0};
  bool full_ = false;
};

// How many connections of those wanted this process may have. Each takes a descriptor, and one more
// where it leads elsewhere; names, the store and the terminal some more.
int allow_descriptors(int connections) {
  constexpr rlim_t kOwn = 32;
  const rlim_t wanted = static_cast<rlim_t>(connections) * 2 + 64;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
    return connections;
  }
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  (void)setrlimit(RLIMIT_NOFILE, &limit);  // within the hard limit: allowed
  const rlim_t room = limit.rlim_cur > kOwn ? limit.rlim_cur - kOwn : 1;
  if (room >= static_cast<rlim_t>(connections)) {
    return connections;
  }
  log_warning(
      fmt::format("at most {} requests at once: this machine allows {} open files (`ulimit "
                  "-n`)",
                  room, limit.rlim_cur));
  return static_cast<int>(room);
}

void tell_opening(const CommandContext& context, const ResolvedSource& resolved,
                  const RunOptions& options) {
  const std::unique_ptr<StoreReader> reader = open_reader(context.common.db);
  const WallTime now = context.clock.wall();
  RunOpening opening;
  opening.store = context.common.db;
  opening.overview = reader->overview();
  opening.last_run = reader->setting(setting::kLastEnd);
  opening.pace = read_store_pace(*reader, resolved.source, now);
  opening.caps = caps_of(options);
  opening.max_concurrency = options.max_concurrency;
  opening.quotas = quotas_in_use(opening.caps, opening.pace.caps, opening.pace.quota_used, now);
  opening.limit = options.limit;
  opening.resume_command = "dogged resume" + db_argument(context.common);
  for (const std::string& line : opening_lines(opening, now)) {
    log_info(line);
  }
}

ExitStatus status_of(const RunReport& report, const SignalGuard& signals) {
  switch (report.end) {
    case RunEnd::finished:
      // Failed IDs of earlier runs too: the same command again ends as it ended before.
      return report.left.failed > 0 ? ExitStatus::rows_failed : ExitStatus::done;
    case RunEnd::later:
      return ExitStatus::later;
    case RunEnd::interrupted:
      // Without a signal it was a fault of our own that ended the run.
      return signals.interrupted() ? ExitStatus::interrupted : ExitStatus::error;
    case RunEnd::systemic:
      return ExitStatus::systemic;
    case RunEnd::store:
      return ExitStatus::store;
  }
  return ExitStatus::error;
}

// The engine knows that it was told to drain, not by whom.
void name_the_cause(RunReport& report, const SignalGuard& signals, bool disk_full) {
  if (report.end != RunEnd::interrupted && report.end != RunEnd::later) {
    return;
  }
  if (disk_full) {
    report.end = RunEnd::store;
    report.reason = fmt::format("less than {} are free where the store is; make room, then go on",
                                format_size(kLeastFreeBytes));
  } else if (signals.interrupted()) {
    report.end = RunEnd::interrupted;
    report.reason = signals.cause();
  } else if (signals.terminated()) {
    report.end = RunEnd::later;
    report.reason = signals.cause();
  }
}

void note_end(JobStore& store, const RunReport& report, const RunFlags& flags, WallTime now) {
  try {
    const FlagBounds bounds{typed_bounds(flags), flags.quota.value_or(std::nullopt)};
    store.put_setting(setting::kLastEnd, last_run_setting(report, bounds, now));
  } catch (const Error& error) {
    // The run's own ending counts; the note is for people who look later. Where the store is what
    // ended it, that is told already.
    const std::string why =
        fmt::format("cannot note in the store why this run ended: {}", error.what());
    report.end == RunEnd::store ? log_debug(why) : log_warning(why);
  }
}

void tell_closing(const RunStep& step, const RunResult& result, WallTime now) {
  const RunReport& report = result.report;
  for (const std::string& line : closing_lines(report, now)) {
    log_info(line);
  }
  if (report.end == RunEnd::systemic || report.end == RunEnd::store) {
    log_error(report.reason);
  }
  if (report.end != RunEnd::finished) {
    log_info("to go on:             " + step.resume_command.text);
    if (!step.resume_command.hidden.empty()) {
      log_info("                      " + hidden_note(step.resume_command));
    }
    if (!step.exports || !exports_on(result.status)) {
      log_info("to have what is done: " + step.export_command);
    }
  }
}

}  // namespace

RunResult run_and_tell(const RunStep& step, JobStore& store, StopSignal& stop,
                       const CommandContext& context) {
  RunOptions options = make_run_options(step.flags, step.resolved);
  if (const auto warning = rate_warning(step.flags, step.resolved)) {
    log_warning(*warning);
  }
  require_disk(context.common.db);
  options.most_here = allow_descriptors(options.max_concurrency);
  tell_opening(context, step.resolved, options);

  const SignalGuard signals(stop);
  const std::unique_ptr<HttpClientFactory> http = make_http(step.resolved.http, stop);
  RunResult result;
  {
    const bool silent = context.common.quiet && step.flags.progress == ProgressMode::automatic;
    const std::unique_ptr<Observer> view = make_progress_view(
        silent ? ProgressMode::none : step.flags.progress, stderr, context.clock);
    DiskWatch watch(*view, context.common.db, stop);
    Source source = step.resolved.source;
    source.limits = {};  // are among the options, after the flags
    result.report = run_jobs(ReadySource{source, step.builder}, options, store, *http,
                             context.clock, stop, watch);
    name_the_cause(result.report, signals, watch.full());
  }
  note_end(store, result.report, step.flags, context.clock.wall());
  result.status = status_of(result.report, signals);
  tell_closing(step, result, context.clock.wall());
  return result;
}

RunResult tell_nothing_left(const RunFlags& flags, const ResolvedSource& resolved,
                            const CommandContext& context) {
  tell_opening(context, resolved, make_run_options(flags, resolved));
  RunResult result;
  result.report.left = open_reader(context.common.db)->overview().jobs;
  for (const std::string& line : closing_lines(result.report, context.clock.wall())) {
    log_info(line);
  }
  result.status = result.report.left.failed > 0 ? ExitStatus::rows_failed : ExitStatus::done;
  return result;
}

}  // namespace dogged
