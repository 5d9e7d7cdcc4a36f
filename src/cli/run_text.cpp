// SPDX-License-Identifier: MIT
#include "cli/run_text.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/json_object.h"
#include "cli/render_status.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {
namespace {

std::string counted(std::int64_t n, std::string_view what) {
  return fmt::format("{} {}", with_thousands(n), what);
}

// When and why the last run ended: what it noted itself, unless a later one came to no end at all.
std::string last_end(const RunOpening& opening, WallTime now) {
  const WorkerInfo& worker = opening.overview.workers.front();
  const bool others = std::any_of(opening.overview.workers.begin(), opening.overview.workers.end(),
                                  [](const WorkerInfo& w) { return w.alive; });
  if (others) {
    return "another run is at it, this one joins in";
  }
  if (run_without_end(opening.overview)) {
    return fmt::format("the last run began {} and {}", local_time(worker.started_at, now),
                       kNoEndNoted);
  }
  const std::optional<LastRun> last = last_run_from(opening.last_run.value_or(""));
  const std::string why = last && !last->reason.empty() ? last->reason : worker.ended_because;
  return fmt::format("the last run ended {}{}", local_time(*worker.ended_at, now),
                     why.empty() ? "" : ": " + printable(short_cause(why), 300));
}

std::string store_line(const RunOpening& opening, WallTime now) {
  const QueueOutlook& jobs = opening.overview.jobs;
  if (opening.overview.workers.empty()) {
    return fmt::format("store {}: new", printable(opening.store));
  }
  const std::int64_t all = jobs.ready + jobs.leased + jobs.done + jobs.not_found + jobs.failed;
  const std::int64_t again = opening.overview.answered_before;
  const char* const so_many = opening.overview.answered_before_at_least ? "at least " : "";
  std::string line =
      fmt::format("store {}: resumed, {}{} of {} answered", printable(opening.store), so_many,
                  with_thousands(jobs.done + jobs.not_found + again), with_thousands(all));
  if (again > 0) {
    line += fmt::format(" ({}{} of them to be asked again)", so_many, with_thousands(again));
  }
  if (jobs.failed > 0) {
    line += fmt::format(", {} failed", with_thousands(jobs.failed));
  }
  return line + "; " + last_end(opening, now);
}

// "caps: 100/s (dogged limit), 8 at once", and of the quota what is left.
void add_caps_lines(std::vector<std::string>& lines, const RunOpening& opening, const Caps& hold,
                    WallTime now) {
  std::string text;
  // Where the store's cap is the lower one, the flag does not hold.
  const auto add = [&text](const std::string& cap, bool of_store) {
    text += (text.empty() ? "caps: " : ", ") + cap + (of_store ? " (dogged limit)" : "");
  };
  if (hold.rate) {
    add(format_rate(*hold.rate), hold.rate != opening.caps.rate);
  }
  if (hold.max_concurrency) {
    add(with_thousands(*hold.max_concurrency) + " at once",
        hold.max_concurrency != opening.caps.max_concurrency);
  }
  for (const QuotaUse& use : opening.quotas) {
    add(quota_text(use, now), use.quota != opening.caps.quota);
  }
  if (!text.empty()) {
    lines.push_back(text);
  }
}

void add_wait_lines(std::vector<std::string>& lines, const RunOpening& opening, WallTime now) {
  const StorePace& pace = opening.pace;
  if (pace.server_wait) {
    lines.push_back(
        fmt::format("the server asked to wait until {}", local_time(*pace.server_wait, now)));
  }
  if (pace.paused_since) {
    lines.push_back(fmt::format("paused since {}: nothing is asked until `{}`",
                                local_time(*pace.paused_since, now), opening.resume_command));
  }
}

}  // namespace

std::vector<std::string> opening_lines(const RunOpening& opening, WallTime now) {
  std::vector<std::string> lines{store_line(opening, now)};
  const QueueOutlook& jobs = opening.overview.jobs;
  const std::int64_t left = jobs.ready + jobs.leased;
  if (left == 0) {
    lines.emplace_back("to ask: nothing");
    return lines;
  }
  const std::int64_t now_asked = opening.limit > 0 ? std::min(left, opening.limit) : left;
  std::string line = fmt::format("to ask: {}", with_thousands(left));
  if (now_asked < left) {
    line += fmt::format(", of which {} now (--limit)", with_thousands(now_asked));
  }
  if (opening.overview.parked > 0) {
    line += fmt::format(", {} of them parked", with_thousands(opening.overview.parked));
    if (jobs.next_due) {
      line += fmt::format(" until {} or later", local_time(*jobs.next_due, now));
    }
  }
  const Caps hold = lowest(opening.pace.caps, opening.caps);
  const int at_once =
      std::min(opening.max_concurrency, hold.max_concurrency.value_or(opening.max_concurrency));
  lines.push_back(line + "; " + time_at_caps(now_asked, {hold.rate, opening.quotas, at_once}, now));
  add_caps_lines(lines, opening, hold, now);
  add_wait_lines(lines, opening, now);
  return lines;
}

std::vector<std::string> closing_lines(const RunReport& r, WallTime now) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "this run: {}, {}, {} in {} ({}, {}, {})", counted(r.done, "done"),
      counted(r.not_found, "not found"), counted(r.failed, "failed"), format_duration(r.took),
      counted(r.requests, r.requests == 1 ? "request" : "requests"), counted(r.refusals, "refused"),
      counted(r.retries, "came to nothing")));
  const bool fault = r.end == RunEnd::systemic || r.end == RunEnd::store;  // said as an error
  if (!r.reason.empty() && !fault) {
    lines.push_back(fmt::format("ended: {}", r.reason));
  }
  const std::int64_t left = r.left.ready + r.left.leased;
  if (left > 0) {
    lines.push_back(fmt::format("left to ask: {}", with_thousands(left)));
  }
  if (r.left.failed > 0) {
    lines.push_back(fmt::format("failed in all: {}; `dogged list --state failed` shows why",
                                with_thousands(r.left.failed)));
  }
  if (left > 0 && r.next_due && *r.next_due > now) {
    lines.push_back(fmt::format("come back after {}", local_time(*r.next_due, now)));
  }
  return lines;
}

std::string last_run_setting(const RunReport& report, const FlagBounds& bounds, WallTime now) {
  JsonObject json;
  json.text("end", word(report.end)).text("reason", report.reason).number("at_ms", to_ms(now));
  if (report.next_due) {
    json.number("next_due_ms", to_ms(*report.next_due));
  }
  if (!bounds.typed.empty()) {
    json.text("flags", bounds.typed);
  }
  if (bounds.quota) {
    json.text("quota", format_quota(*bounds.quota));
  }
  return json.str();
}

std::string run_json(const RunReport& r) {
  const std::string left = JsonObject()
                               .number("ready", r.left.ready)
                               .number("leased", r.left.leased)
                               .number("done", r.left.done)
                               .number("not_found", r.left.not_found)
                               .number("failed", r.left.failed)
                               .str();
  JsonObject json;
  json.text("end", word(r.end)).text("reason", r.reason);
  json.number("done", r.done).number("not_found", r.not_found).number("failed", r.failed);
  json.number("requests", r.requests).number("refusals", r.refusals).number("retries", r.retries);
  json.number("took_ms", r.took.count()).raw("left", left);
  return json.time("next_due", r.next_due).str();
}

}  // namespace dogged
