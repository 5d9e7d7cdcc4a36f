// SPDX-License-Identifier: MIT
#include "cli/try_text.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/json_object.h"
#include "cli/render_json.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {
namespace {

constexpr std::size_t kShownBody = 400;
constexpr std::size_t kShownValue = 120;

std::string verdict_text(const Verdict& verdict) {
  std::string text(word(verdict.outcome));
  if (!verdict.error.empty()) {
    text += ": " + printable(verdict.error, 300);
  }
  return verdict.stop ? text + " (a rule says: stop the run)" : text;
}

void add_columns(std::vector<std::string>& lines, const std::string& body, ColumnSet& columns) {
  std::vector<ColumnValue> values;
  columns.extract(body, values);
  const std::vector<std::string> names = columns.names();
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    lines.push_back(
        fmt::format("{} = {}", printable(names[i], 60),
                    values[i].text.empty() ? "(empty)" : printable(values[i].text, kShownValue)));
  }
}

std::string columns_json(const std::string& body, ColumnSet& columns) {
  std::vector<ColumnValue> values;
  columns.extract(body, values);
  const std::vector<std::string> names = columns.names();
  JsonObject json;
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
    json.raw(names[i], values[i].json.empty() ? "null" : values[i].json);
  }
  return json.str();
}

// The body with its line ends as line ends, cut where it is long.
void add_body(std::vector<std::string>& lines, std::string_view body) {
  std::size_t shown = std::min(body.size(), kShownBody);
  while (shown < body.size() && shown > 0 && (body[shown] & 0xC0) == 0x80) {
    --shown;  // not within a character
  }
  std::string label = "body: ";
  for (std::string_view rest = body.substr(0, shown); !rest.empty(); label.clear()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    line.remove_suffix(!line.empty() && line.back() == '\r' ? 1 : 0);
    lines.push_back(label + printable(line, kShownBody));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (body.empty()) {
    lines.emplace_back("body: (empty)");
  } else if (shown < body.size()) {
    lines.back() += "...";
  }
}

// What nginx, Apache and Go say of a request without TLS to a port that wants it.
bool wants_https(const HttpResponse& response) {
  return response.status == 400 &&
         (response.body.find("plain HTTP request was sent to HTTPS port") != std::string::npos ||
          response.body.find("speaking plain HTTP to an SSL-enabled") != std::string::npos ||
          response.body.find("HTTP request to an HTTPS server") != std::string::npos);
}

}  // namespace

bool is_limit_header(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const std::string_view prefix :
       {"retry-after", "ratelimit", "x-ratelimit", "x-rate-limit"}) {
    if (lower.rfind(prefix, 0) == 0) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> answer_lines(const HttpResult& result, const Verdict& verdict, Millis took,
                                      ColumnSet* columns) {
  std::vector<std::string> lines;
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr) {
    const auto& failure = std::get<HttpFailure>(result);
    lines.push_back(fmt::format("no answer: {}", printable(failure.message, 300)));
    lines.push_back("outcome: " + verdict_text(verdict));
    return lines;
  }
  const std::string_view type = response->header("Content-Type");
  lines.push_back(fmt::format("status {} in {}, {}{}", response->status, format_duration(took),
                              format_size(static_cast<std::int64_t>(response->body.size())),
                              type.empty() ? "" : ", " + printable(type, 80)));
  lines.push_back("outcome: " + verdict_text(verdict));
  for (const HttpHeader& header : response->headers) {
    if (is_limit_header(header.name)) {
      lines.push_back(
          fmt::format("{}: {}", printable(header.name, 60), printable(header.value, 120)));
    }
  }
  const bool kept = verdict.outcome == Outcome::done || verdict.outcome == Outcome::not_found;
  if (columns != nullptr && kept) {
    add_columns(lines, response->body, *columns);
  } else {
    add_body(lines, response->body);
  }
  if (wants_https(*response)) {
    lines.emplace_back("hint: this port speaks TLS; say https:// in the URL");
  }
  return lines;
}

std::string asked_json(const Asked& asked, const HttpResult& result, const Verdict& verdict,
                       ColumnSet* columns) {
  JsonObject json;
  json.text("key", asked.key).text("request", asked.request).number("took_ms", asked.took.count());
  json.text("outcome", word(verdict.outcome)).raw("error", string_or_null(verdict.error));
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr) {
    json.raw("status", "null");
    return json.text("no_answer", std::get<HttpFailure>(result).message).str();
  }
  JsonObject limits;
  for (const HttpHeader& header : response->headers) {
    if (is_limit_header(header.name)) {
      limits.text(header.name, header.value);
    }
  }
  json.number("status", std::int64_t{response->status});
  json.raw("content_type", string_or_null(response->header("Content-Type")));
  json.number("bytes", static_cast<std::int64_t>(response->body.size()));
  json.raw("limits", limits.str());
  const bool kept = verdict.outcome == Outcome::done || verdict.outcome == Outcome::not_found;
  return columns != nullptr && kept
             ? json.raw("columns", columns_json(response->body, *columns)).str()
             : json.text("body", response->body).str();
}

std::string indented(std::string_view text, int indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out +=
        std::string(static_cast<std::size_t>(indent), ' ') + printable(text.substr(0, end), 1000);
    out += '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace dogged
