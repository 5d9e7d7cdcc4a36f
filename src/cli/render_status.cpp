// SPDX-License-Identifier: MIT
#include "cli/render_status.h"

#include "base/json_document.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/json_object.h"
#include "cli/render_json.h"
#include "cli/setting_text.h"
#include "http/secret_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {
namespace {

constexpr std::size_t kBatchesShown = 10;

std::int64_t total(const QueueOutlook& jobs) {
  return jobs.ready + jobs.leased + jobs.done + jobs.not_found + jobs.failed;
}

std::int64_t alive(const Overview& overview) {
  return std::count_if(overview.workers.begin(), overview.workers.end(),
                       [](const WorkerInfo& worker) { return worker.alive; });
}

std::string from_now(WallTime at, WallTime now) {
  return fmt::format("{} (in {})", local_time(at, now), format_duration(at - now));
}

void add_line(std::string& out, std::string_view label, std::string_view text) {
  out += fmt::format("{:<10}{}\n", label, text);
}

std::string jobs_text(const StatusView& view) {
  const QueueOutlook& jobs = view.overview.jobs;
  std::string text = with_thousands(total(jobs));
  auto add = [&text, separator = ": "](std::int64_t n, std::string_view what) mutable {
    if (n != 0) {
      text += fmt::format("{}{} {}", separator, with_thousands(n), what);
      separator = ", ";
    }
  };
  add(jobs.done, "done");
  add(jobs.not_found, "not found");
  add(jobs.failed, "failed");
  add(jobs.leased, "in flight");
  add(jobs.ready, "ready");
  if (view.overview.parked > 0) {
    text += fmt::format(" ({} of them parked)", with_thousands(view.overview.parked));
  }
  if (view.overview.answered_before > 0) {
    text += fmt::format("; {}{} of the ready ones were answered before and are to be asked again",
                        view.overview.answered_before_at_least ? "at least " : "",
                        with_thousands(view.overview.answered_before));
  }
  return text;
}

void add_batches(std::string& out, const StatusView& view) {
  const auto& batches = view.overview.batches;
  const std::size_t first = batches.size() > kBatchesShown ? batches.size() - kBatchesShown : 0;
  if (first > 0) {
    add_line(out, "batch", fmt::format("... {} earlier ones; --json has all", first));
  }
  for (std::size_t i = first; i < batches.size(); ++i) {
    const BatchInfo& batch = batches[i];
    add_line(out, "batch",
             fmt::format("{}: {} rows = {} new + {} duplicate + {} rejected, imported {}",
                         printable(batch.name), with_thousands(batch.rows),
                         with_thousands(batch.added), with_thousands(batch.duplicates),
                         with_thousands(batch.rejected), local_time(batch.imported_at, view.now)));
  }
}

void add_workers(std::string& out, const StatusView& view) {
  for (const WorkerInfo& worker : view.overview.workers) {
    if (worker.alive) {
      add_line(out, "worker",
               fmt::format("pid {} on {}, running since {}", worker.pid, printable(worker.host),
                           local_time(worker.started_at, view.now)));
    }
  }
}

// "100/s, 8 at once (dogged limit), 300/min (the source)"
std::string caps_line(const StorePace& pace) {
  const auto from = [](const Caps& caps, std::string_view where) {
    return caps == Caps() ? "" : fmt::format("{} ({})", describe_caps(caps), where);
  };
  const std::string store = from(pace.caps, "dogged limit");
  const std::string source = from(pace.source_caps, "the source");
  return store + (store.empty() || source.empty() ? "" : "; ") + source;
}

void add_pace(std::string& out, const StatusView& view) {
  const StorePace& pace = view.pace;
  if (const std::string caps = caps_line(pace); !caps.empty()) {
    add_line(out, "caps", caps);
  }
  for (const QuotaUse& use : view.quotas) {
    add_line(out, "quota", quota_text(use, view.now));
  }
  if (pace.learned) {
    add_line(out, "learned",
             fmt::format("{} ({} ago)", describe(*pace.learned),
                         format_duration(std::max(Millis(0), view.now - pace.learned->at))));
  }
  if (pace.server_wait) {
    add_line(out, "server",
             fmt::format("asks to wait until {}", from_now(*pace.server_wait, view.now)));
  }
  if (pace.no_answer_since) {
    add_line(out, "server",
             fmt::format("no answer since {}", local_time(*pace.no_answer_since, view.now)));
  }
  if (pace.paused_since) {
    add_line(out, "paused",
             fmt::format("since {}; `{}` goes on", local_time(*pace.paused_since, view.now),
                         view.resume_command));
  }
}

std::string learned_json(const std::optional<LearnedPace>& learned) {
  if (!learned) {
    return "null";
  }
  JsonObject json;
  json.number("concurrency", learned->concurrency);
  if (learned->rate) {
    json.number("rate", *learned->rate);
  } else {
    json.raw("rate", "null");
  }
  return json.text("text", describe(*learned)).time("at", learned->at).str();
}

std::string no_end_text(const WorkerInfo& worker, const StatusView& view) {
  std::string text = fmt::format("began {}, last seen {}, and {}; nothing is lost",
                                 local_time(worker.started_at, view.now),
                                 local_time(worker.seen_at, view.now), kNoEndNoted);
  const QueueOutlook& jobs = view.overview.jobs;
  return jobs.ready + jobs.leased > 0 ? text + fmt::format(", `{}` goes on", view.run_command)
                                      : text;
}

std::string last_run_text(const LastRun& run, WallTime now) {
  const bool stopped = run.end == "systemic" || run.end == "store";
  std::string text = stopped ? "stopped" : run.end == "finished" ? "finished" : "ended";
  if (run.at) {
    text += " " + local_time(*run.at, now);
  }
  return run.reason.empty() ? text : text + ": " + printable(short_cause(run.reason), 300);
}

std::string_view cause_text(NextStart::Cause cause) {
  switch (cause) {
    case NextStart::Cause::parked:
      return "";
    case NextStart::Cause::server:
      return ", as the server asked";
    case NextStart::Cause::quota:
      return ", when the quota begins anew";
  }
  return "";
}

std::string next_text(const StatusView& view) {
  const NextStart next = next_start(view);
  switch (next.kind) {
    case NextStart::Kind::nothing_left:
      return total(view.overview.jobs) == 0 ? "nothing to ask: no IDs were imported yet"
                                            : "nothing left to ask";
    case NextStart::Kind::others_at_it:
      return fmt::format("{} at it", alive(view.overview) == 1 ? "a worker is" : "workers are");
    case NextStart::Kind::now:
      return fmt::format("now: `{}`", view.run_command);
    case NextStart::Kind::resumed:
      return fmt::format("after `{}`", view.resume_command);
    case NextStart::Kind::at:
      break;
  }
  return fmt::format("{}{}: `{}`", from_now(next.at, view.now), cause_text(next.cause),
                     view.run_command);
}

std::string next_json(const StatusView& view) {
  const NextStart next = next_start(view);
  switch (next.kind) {
    case NextStart::Kind::nothing_left:
    case NextStart::Kind::resumed:
      return "null";
    case NextStart::Kind::now:
    case NextStart::Kind::others_at_it:
      return json_string(iso_time(view.now));
    case NextStart::Kind::at:
      break;
  }
  return json_string(iso_time(next.at));
}

std::string batches_json(const Overview& overview) {
  JsonArray batches;
  for (const BatchInfo& batch : overview.batches) {
    batches.add(JsonObject()
                    .text("name", batch.name)
                    .text("file", batch.file)
                    .time("imported_at", batch.imported_at)
                    .number("rows", batch.rows)
                    .number("new", batch.added)
                    .number("duplicates", batch.duplicates)
                    .number("rejected", batch.rejected)
                    .str());
  }
  return batches.str();
}

std::string workers_json(const Overview& overview) {
  JsonArray workers;
  for (const WorkerInfo& worker : overview.workers) {
    workers.add(JsonObject()
                    .text("id", worker.id)
                    .text("host", worker.host)
                    .number("pid", worker.pid)
                    .truth("alive", worker.alive)
                    .time("started_at", worker.started_at)
                    .time("seen_at", worker.seen_at)
                    .time("ended_at", worker.ended_at)
                    .raw("ended_because", string_or_null(worker.ended_because))
                    .str());
  }
  return workers.str();
}

std::string last_run_json(const StatusView& view) {
  if (const auto worker = run_without_end(view.overview)) {
    return JsonObject()
        .text("end", "unknown")
        .text("reason", kNoEndNoted)
        .time("at", worker->seen_at)
        .time("next_due", std::nullopt)
        .str();
  }
  const std::optional<LastRun>& run = view.last_run;
  if (!run) {
    return "null";
  }
  return JsonObject()
      .raw("end", string_or_null(run->end))
      .raw("reason", string_or_null(run->reason))
      .time("at", run->at)
      .time("next_due", run->next_due)
      .str();
}

}  // namespace

std::optional<LastRun> last_run_from(std::string_view json) {
  JsonDocument document;
  if (!document.parse(json)) {
    return std::nullopt;
  }
  LastRun run{text_at(document, "/end"),
              text_at(document, "/reason"),
              time_from_ms(text_at(document, "/at_ms")),
              time_from_ms(text_at(document, "/next_due_ms")),
              text_at(document, "/flags"),
              std::nullopt};
  if (const Result<Quota> quota = parse_quota(text_at(document, "/quota"))) {
    run.quota = quota.value();
  }
  return run;
}

std::string short_cause(std::string_view reason) {
  int open = 0;  // what a server said stands in parentheses, whatever is in it
  for (std::size_t i = 0; i < reason.size(); ++i) {
    open += reason[i] == '(' ? 1 : reason[i] == ')' ? -1 : 0;
    if (open == 0 && reason.substr(i, 2) == "; ") {
      return std::string(reason.substr(0, i));
    }
  }
  return std::string(reason);
}

std::string run_command(const std::optional<LastRun>& last, std::string_view db_argument) {
  const bool bounded = last && last->bounds_next();
  return fmt::format("dogged run{}{}", bounded ? " " + printable(last->flags, 500) : "",
                     db_argument);
}

std::optional<WorkerInfo> run_without_end(const Overview& overview) {
  if (alive(overview) > 0 || overview.workers.empty() || overview.workers.front().ended_at) {
    return std::nullopt;
  }
  return overview.workers.front();
}

NextStart next_start(const StatusView& view) {
  const QueueOutlook& jobs = view.overview.jobs;
  NextStart next;
  if (jobs.ready == 0 && jobs.leased == 0) {
    return next;
  }
  next.at = view.now;
  const auto not_before = [&next](std::optional<WallTime> at, NextStart::Cause cause) {
    if (at && *at > next.at) {
      next.at = *at;
      next.cause = cause;
    }
  };
  if (jobs.ready > 0 && jobs.ready == view.overview.parked) {
    not_before(jobs.next_due, NextStart::Cause::parked);
  }
  not_before(view.pace.server_wait, NextStart::Cause::server);
  for (const QuotaUse& use : view.quotas) {
    if (use.left() == 0) {
      not_before(use.window.end, NextStart::Cause::quota);
    }
  }
  if (view.pace.paused_since) {
    next.kind = NextStart::Kind::resumed;
  } else if (next.at > view.now) {
    next.kind = NextStart::Kind::at;
  } else {
    next.kind = alive(view.overview) > 0 ? NextStart::Kind::others_at_it : NextStart::Kind::now;
  }
  return next;
}

std::string status_text(const StatusView& view) {
  std::string out;
  add_line(out, "store", printable(view.store));
  if (view.source) {
    const std::string url = printable(masked_url(view.source->request.url));
    add_line(
        out, "source",
        view.source->name.empty() ? url : fmt::format("{}: {}", printable(view.source->name), url));
  }
  add_line(out, "jobs", jobs_text(view));
  add_batches(out, view);
  add_workers(out, view);
  if (const auto worker = run_without_end(view.overview)) {
    add_line(out, "last run", no_end_text(*worker, view));
  } else if (view.last_run) {
    add_line(out, "last run", last_run_text(*view.last_run, view.now));
  }
  add_pace(out, view);
  add_line(out, "next", next_text(view));
  return out;
}

std::string status_json(const StatusView& view) {
  const QueueOutlook& jobs = view.overview.jobs;
  JsonObject source;
  if (view.source) {
    source.raw("name", string_or_null(view.source->name))
        .text("url", masked_url(view.source->request.url));
  }
  return JsonObject()
      .text("store", view.store)
      .raw("source", view.source ? source.str() : "null")
      .raw("jobs", JsonObject()
                       .number("total", total(jobs))
                       .number("ready", jobs.ready)
                       .number("leased", jobs.leased)
                       .number("done", jobs.done)
                       .number("not_found", jobs.not_found)
                       .number("failed", jobs.failed)
                       .number("parked", view.overview.parked)
                       .str())
      .number("inputs", view.overview.inputs)
      .number("rejected", view.overview.rejected)
      .raw("batches", batches_json(view.overview))
      .raw("workers", workers_json(view.overview))
      .raw("last_run", last_run_json(view))
      .time("next_due", jobs.next_due)
      .raw("caps", caps_json(view.pace.caps))
      .raw("source_caps", caps_json(view.pace.source_caps))
      .raw("quotas", quotas_json(view.quotas))
      .time("paused_since", view.pace.paused_since)
      .raw("learned", learned_json(view.pace.learned))
      .time("server_wait_until", view.pace.server_wait)
      .time("no_answer_since", view.pace.no_answer_since)
      .raw("next_start", next_json(view))
      .str();
}

}  // namespace dogged
