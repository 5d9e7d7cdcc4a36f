// SPDX-License-Identifier: MIT
#include "cli/render_job.h"

#include "base/json_document.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

JobDetail detail(const std::string& body) {
  JobDetail d;
  d.job.id = 7;
  d.job.key = "0112038-9";
  d.job.state = JobState::done;
  d.job.attempts = 2;
  d.job.refusals = 1;
  d.job.http_status = 200;
  d.job.settled_at = kNow;
  d.epoch = 3;
  d.inputs = {{"ids.csv", 12, R"({"id":"112038-9","n":1.10})", "leading zero"}};
  AttemptRecord refused;
  refused.started_at = kNow;
  refused.duration = Millis(12);
  refused.outcome = Outcome::refused;
  refused.http_status = 503;
  refused.error = "the server refused: 503";
  refused.retry_after = Millis(3000);
  d.attempts = {{1, refused}};
  d.answer = Answer{200, "application/json", "", "", kNow, body};
  return d;
}

std::string text_at(const JsonDocument& document, std::string_view pointer) {
  const auto found = document.find(pointer);
  return found ? document.json(*found) : "absent";
}

TEST_CASE("all about a job is shown: state, input with columns, attempts, answer") {
  const std::string text = job_detail_text(detail(R"({"name":"Nokia"})"), kNow, false);
  for (const char* part :
       {"0112038-9\n", "done, HTTP 200", "attempts: 2, refusals: 1", "ids.csv row 12",
        "id=112038-9, n=1.10", "(mended: leading zero)", "refused  HTTP 503  after 12 ms",
        "the server refused: 503", "asked to wait 3", "application/json",
        "{\n  \"name\": \"Nokia\"\n}\n"}) {
    CAPTURE(part);
    CHECK(has(text, part));
  }
}

TEST_CASE("a long answer is cut with a note, never inside a character, and whole with full") {
  const std::string body = "\"" + std::string(kAnswerShown - 2, 'x') + "åäö tail\"";
  const std::string cut = job_detail_text(detail(body), kNow, false);
  CHECK(has(cut, "--full"));
  CHECK_FALSE(has(cut, "tail"));
  CHECK_FALSE(has(cut, "\\xC3"));
  const std::string full = job_detail_text(detail(body), kNow, true);
  CHECK(has(full, body));
  CHECK_FALSE(has(full, "--full"));
}

TEST_CASE("an answer of continuation bytes alone is cut without running off its start") {
  const std::string text =
      job_detail_text(detail(std::string(kAnswerShown + 10, '\x80')), kNow, false);
  CHECK(has(text, "--full"));
  CHECK(has(text, "\\x80\\x80"));
}

TEST_CASE("an answer cannot steer the terminal") {
  const std::string text = job_detail_text(detail("\x1b[2J\n{}"), kNow, true);
  CHECK_FALSE(has(text, "\x1b"));
  CHECK(has(text, "\\x1B[2J\n{}\n"));
}

TEST_CASE("an answer that is JSON is shown over several lines, digits as they are") {
  CHECK(has(job_detail_text(detail(R"({"a":[1.10,{"b":"x,y:{\"z"}],"c":{},"d":[]})"), kNow, false),
            "{\n  \"a\": [\n    1.10,\n    {\n      \"b\": \"x,y:{\\\"z\"\n    }\n  ],\n"
            "  \"c\": {},\n  \"d\": []\n}\n"));
  CHECK(has(job_detail_text(detail("12345678901234567890"), kNow, false),
            "\n12345678901234567890\n"));
  CHECK(has(job_detail_text(detail("{no JSON"), kNow, false), "\n{no JSON\n"));
}

TEST_CASE("an answer of a hundred thousand levels is not indented by as many") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string text = job_detail_text(detail(deep), kNow, true);
  CHECK(text.size() < deep.size() * 70);
  CHECK(has(text, "\n[\n  [\n    [\n"));
}

TEST_CASE("a job never asked has no answer") {
  JobDetail d;
  d.job.key = "1";
  CHECK(has(job_detail_text(d, kNow, false), "answer    none"));
  JsonDocument json;
  REQUIRE(json.parse(job_detail_json(d)));
  CHECK(text_at(json, "/answer") == "null");
  CHECK(text_at(json, "/http_status") == "null");
  CHECK(text_at(json, "/attempt_rows") == "[]");
}

TEST_CASE("a parked job says until when") {
  JobDetail d;
  d.job.key = "1";
  d.job.due = kNow + Millis(60'000);
  CHECK(has(job_detail_text(d, kNow, false), "parked until"));
  d.job.due = kNow;
  CHECK_FALSE(has(job_detail_text(d, kNow, false), "parked"));
}

TEST_CASE("the JSON keeps the answer's digits and stays one line") {
  const std::string text =
      job_detail_json(detail("{\n \"n\": 12345678901234567890,\n \"m\": 1.10 }"));
  CHECK_FALSE(has(text, "\n"));
  JsonDocument json;
  REQUIRE(json.parse(text));
  CHECK(text_at(json, "/answer/body") == R"({"n":12345678901234567890,"m":1.10})");
  CHECK(text_at(json, "/inputs/0/columns/n") == "1.10");
  CHECK(text_at(json, "/attempt_rows/0/outcome") == "\"refused\"");
  CHECK(text_at(json, "/attempt_rows/0/retry_after_ms") == "3000");
  CHECK(text_at(json, "/settled_at") == "\"2026-09-21T14:13:20.000Z\"");
}

TEST_CASE("an answer that is no JSON stands in the JSON as text") {
  JsonDocument json;
  REQUIRE(json.parse(job_detail_json(detail("<html>"))));
  CHECK(text_at(json, "/answer/text") == "\"<html>\"");
  CHECK(text_at(json, "/answer/body") == "absent");
}

}  // namespace
}  // namespace dogged
