// SPDX-License-Identifier: MIT
#include "cli/render_job.h"

#include "base/json_document.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/render_json.h"
#include "cli/render_table.h"

#include <fmt/format.h>

namespace dogged {
namespace {

constexpr std::size_t kValueShown = 500;

// The cells of an input row, "name=value" each; the text itself where it is no JSON object.
std::string columns_text(const std::string& columns) {
  JsonDocument document;
  if (!document.parse(columns) ||
      document.node(document.root()).type != JsonDocument::Type::object) {
    return printable(columns, kValueShown);
  }
  std::string text;
  JsonDocument::Index at = document.root() + 1;
  for (std::uint32_t i = 0; i < document.node(document.root()).count; ++i) {
    const JsonDocument::Index value = at + 1;
    const bool is_text = document.node(value).type == JsonDocument::Type::string;
    text +=
        fmt::format("{}{}={}", i == 0 ? "" : ", ", printable(document.text(at)),
                    is_text ? printable(document.text(value)) : printable(document.json(value)));
    at = document.node(value).end;
  }
  return text;
}

void add_state(std::string& out, const JobDetail& job, WallTime now) {
  const JobRow& row = job.job;
  out += fmt::format("  state     {}", word(row.state));
  if (row.http_status != 0) {
    out += fmt::format(", HTTP {}", row.http_status);
  }
  if (row.settled_at) {
    out += fmt::format(", since {}", local_time(*row.settled_at, now));
  }
  if (row.state == JobState::ready && row.due && *row.due > now) {
    out += fmt::format(", parked until {}", local_time(*row.due, now));
  }
  if (!job.worker.empty()) {
    out += fmt::format(", worker {}", printable(job.worker));
  }
  out += fmt::format("\n  tries     attempts: {}, refusals: {}\n", row.attempts, row.refusals);
  if (!row.error.empty()) {
    out += fmt::format("  error     {}\n", printable(row.error, kValueShown));
  }
}

void add_inputs(std::string& out, const JobDetail& job) {
  for (const JobDetail::Input& input : job.inputs) {
    out += fmt::format("  input     {} row {}", printable(input.batch), with_thousands(input.row));
    if (!input.columns.empty()) {
      out += fmt::format(": {}", columns_text(input.columns));
    }
    if (!input.mended.empty()) {
      out += fmt::format(" (mended: {})", printable(input.mended));
    }
    out += '\n';
  }
}

void add_attempts(std::string& out, const JobDetail& job, WallTime now) {
  for (const JobDetail::Attempt& attempt : job.attempts) {
    const AttemptRecord& record = attempt.record;
    out +=
        fmt::format("  attempt   {}  {}", local_time(record.started_at, now), word(record.outcome));
    if (record.http_status != 0) {
      out += fmt::format("  HTTP {}", record.http_status);
    }
    out += fmt::format("  after {}", format_duration(record.duration));
    if (!record.error.empty()) {
      out += fmt::format("  {}", printable(record.error, kValueShown));
    }
    if (record.retry_after) {
      out += fmt::format("  (asked to wait {})", format_duration(*record.retry_after));
    }
    out += '\n';
  }
}

// `text` cut to kAnswerShown bytes, never inside a character.
std::string_view shortened(std::string_view text) {
  std::size_t end = kAnswerShown;
  while (kAnswerShown - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;  // a character has at most 3 such bytes; bytes that are no UTF-8 may have more
  }
  return text.substr(0, end);
}

void add_answer(std::string& out, const JobDetail& job, WallTime now, bool full) {
  if (!job.answer) {
    out += "  answer    none\n";
    return;
  }
  const Answer& answer = *job.answer;
  out +=
      fmt::format("  answer    HTTP {}, {}, {}, fetched {}\n", answer.http_status,
                  answer.content_type.empty() ? "no content type" : printable(answer.content_type),
                  format_size(static_cast<std::int64_t>(answer.body.size())),
                  local_time(answer.fetched_at, now));
  JsonDocument document;
  const bool is_json = document.parse(answer.body).ok();
  const std::string body = is_json ? indented_json(document.json(document.root())) : answer.body;
  if (full || body.size() <= kAnswerShown) {
    out += printable_lines(body);
    return;
  }
  out += printable_lines(shortened(body));
  out += fmt::format("... ({} in all; --full shows the rest)\n",
                     format_size(static_cast<std::int64_t>(answer.body.size())));
}

std::string status_or_null(int http_status) {
  return http_status == 0 ? "null" : std::to_string(http_status);
}

std::string answer_json(const Answer& answer) {
  JsonObject object;
  object.raw("http_status", status_or_null(answer.http_status))
      .raw("content_type", string_or_null(answer.content_type))
      .raw("etag", string_or_null(answer.etag))
      .raw("last_modified", string_or_null(answer.last_modified))
      .time("fetched_at", answer.fetched_at);
  JsonDocument document;
  if (document.parse(answer.body)) {
    object.raw("body", document.json(document.root()));  // compact: the line stays one line
  } else {
    object.text("text", answer.body);
  }
  return object.str();
}

std::string attempts_json(const JobDetail& job) {
  JsonArray attempts;
  for (const JobDetail::Attempt& attempt : job.attempts) {
    const AttemptRecord& record = attempt.record;
    const std::string wait =
        record.retry_after ? std::to_string(record.retry_after->count()) : "null";
    attempts.add(JsonObject()
                     .number("epoch", attempt.epoch)
                     .time("started_at", record.started_at)
                     .number("duration_ms", std::int64_t{record.duration.count()})
                     .text("outcome", word(record.outcome))
                     .raw("http_status", status_or_null(record.http_status))
                     .raw("error", string_or_null(record.error))
                     .raw("retry_after_ms", wait)
                     .str());
  }
  return attempts.str();
}

}  // namespace

JsonObject job_row_json(const JobRow& job) {
  return JsonObject()
      .number("id", job.id)
      .text("key", job.key)
      .text("state", word(job.state))
      .number("attempts", std::int64_t{job.attempts})
      .number("refusals", std::int64_t{job.refusals})
      .time("due", job.due)
      .time("settled_at", job.settled_at)
      .raw("http_status", status_or_null(job.http_status))
      .raw("error", string_or_null(job.error));
}

std::string job_detail_text(const JobDetail& job, WallTime now, bool full) {
  std::string out = printable(job.job.key, kValueShown) + "\n";
  add_state(out, job, now);
  add_inputs(out, job);
  add_attempts(out, job, now);
  add_answer(out, job, now, full);
  return out;
}

std::string job_detail_json(const JobDetail& job) {
  JsonArray inputs;
  for (const JobDetail::Input& input : job.inputs) {
    inputs.add(JsonObject()
                   .text("batch", input.batch)
                   .number("row", input.row)
                   .raw("columns", json_fault(input.columns).empty() ? input.columns : "null")
                   .raw("mended", string_or_null(input.mended))
                   .str());
  }
  return job_row_json(job.job)
      .number("epoch", job.epoch)
      .raw("worker", string_or_null(job.worker))
      .raw("inputs", inputs.str())
      .raw("attempt_rows", attempts_json(job))
      .raw("answer", job.answer ? answer_json(*job.answer) : "null")
      .str();
}

}  // namespace dogged
