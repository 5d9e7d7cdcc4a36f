// SPDX-License-Identifier: MIT
#include "cli/progress_text.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/json_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dogged {
namespace {

// A part of the line; a smaller rank stays longer.
struct Part {
  int rank;
  std::string text;
};

std::string count(std::int64_t n, std::string_view what) {
  return fmt::format("{} {}", with_thousands(n), what);
}

std::vector<Part> parts_of(const Progress& p, WallTime now) {
  std::vector<Part> parts;
  parts.push_back({0, count(p.done, "done")});
  if (p.not_found > 0) {
    parts.push_back({3, count(p.not_found, "not found")});
  }
  if (p.failed > 0) {
    parts.push_back({2, count(p.failed, "failed")});
  }
  parts.push_back({1, count(p.ready, "to go")});
  if (p.next_due && p.in_flight == 0) {
    parts.push_back({2, fmt::format("parked until {}", local_time(*p.next_due, now))});
  }
  parts.push_back({6, count(p.in_flight, "in flight")});
  parts.push_back({4, fmt::format("{:.1f}/s", p.answers_per_second)});
  const std::string bound = bound_text(p, now);
  if (!bound.empty()) {
    parts.push_back({7, bound});
  }
  if (p.refusals > 0) {
    parts.push_back({8, count(p.refusals, "refused")});
  }
  if (p.time_left) {
    parts.push_back({5, fmt::format("ready at {}", local_time(now + *p.time_left, now))});
  }
  return parts;
}

std::string joined(const std::vector<Part>& parts) {
  std::string line;
  for (const Part& part : parts) {
    line += (line.empty() ? "" : ", ") + part.text;
  }
  return line;
}

}  // namespace

std::string bound_text(const Progress& p, WallTime now) {
  if (p.server_wait_until && *p.server_wait_until > now) {
    return fmt::format("server asked to wait until {}", local_time(*p.server_wait_until, now));
  }
  switch (p.bound) {
    case PaceBound::none:
      return "";
    case PaceBound::concurrency:
      return fmt::format("limited by -j {:.0f}", p.concurrency_limit);
    case PaceBound::server:
      return fmt::format("limited by the server to {:.0f} at once", p.concurrency_limit);
    case PaceBound::server_rate:
      return fmt::format("limited by the server to {:.3g}/s", p.start_rate.value_or(0));
    case PaceBound::rate_cap:
      return "limited by --rate";
    case PaceBound::server_wait:
      return "the server asked to wait";
    case PaceBound::outage:
      return p.no_answer_since ? fmt::format("no answer since {}, asking now and then",
                                             local_time(*p.no_answer_since, now))
                               : "the server is down, asking it now and then";
    case PaceBound::quota:
      return "the quota is used up";
    case PaceBound::paused:
      return "paused; `dogged resume` goes on";
  }
  return "";
}

std::string live_line(const Progress& progress, std::size_t width, WallTime now) {
  std::vector<Part> parts = parts_of(progress, now);
  std::string line = joined(parts);
  while (line.size() > width && parts.size() > 1) {  // ASCII: bytes are columns
    parts.erase(std::max_element(parts.begin(), parts.end(),
                                 [](const Part& a, const Part& b) { return a.rank < b.rank; }));
    line = joined(parts);
  }
  return line.substr(0, width);
}

std::string plain_line(const Progress& progress, WallTime now) {
  return fmt::format("{} {}", local_time(now, now), joined(parts_of(progress, now)));
}

std::string json_line(const Progress& p, WallTime now) {
  JsonObject json;
  json.text("event", "progress").time("at", now).number("elapsed_ms", p.elapsed.count());
  json.number("done", p.done).number("not_found", p.not_found).number("failed", p.failed);
  json.number("ready", p.ready).number("in_flight", std::int64_t{p.in_flight});
  json.number("started", p.requests + p.in_flight).number("requests", p.requests);
  json.number("refusals", p.refusals).number("retries", p.retries);
  json.number("answered", p.answered).number("answers_per_second", p.answers_per_second);
  json.number("concurrency_limit", p.concurrency_limit).text("bound", word(p.bound));
  if (p.start_rate) {
    json.number("start_rate", *p.start_rate);
  } else {
    json.raw("start_rate", "null");
  }
  json.time("server_wait_until", p.server_wait_until).time("no_answer_since", p.no_answer_since);
  json.time("next_due", p.next_due);
  return p.time_left ? json.number("time_left_ms", p.time_left->count()).str()
                     : json.raw("time_left_ms", "null").str();
}

std::string json_notice(std::string_view message, WallTime now) {
  return JsonObject().text("event", "notice").time("at", now).text("message", message).str();
}

}  // namespace dogged
