// SPDX-License-Identifier: MIT
#include "engine/classify.h"

#include "tests/fakes/scripted_http.h"

#include <doctest/doctest.h>

#include <functional>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

std::unique_ptr<Classifier> classifier(const std::vector<AnswerRule>& rules = {}) {
  Result<std::unique_ptr<Classifier>> made = Classifier::make(rules);
  REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error()));
  return std::move(made).value();
}

AnswerRule rule(RuleAction then, const std::function<void(AnswerRule&)>& when) {
  AnswerRule made;
  made.then = then;
  when(made);
  return made;
}

std::string fault_of(const AnswerRule& wrong) {
  const auto made =
      Classifier::make({rule(RuleAction::done, [](AnswerRule& w) { w.status = 200; }), wrong});
  return made.ok() ? "" : made.error();
}

TEST_CASE("without rules the status and the body decide") {
  struct Row {
    int status;
    Outcome outcome;
    const char* body;
    Suspicion suspicion;
    PaceSignal pace;
    const char* error;
  };
  using O = Outcome;
  using S = Suspicion;
  using P = PaceSignal;
  const Row rows[] = {
      {200, O::done, "{}", S::none, P::answered, ""},
      {200, O::done, "0", S::none, P::answered, ""},
      {201, O::done, "[1]", S::none, P::answered, ""},
      {204, O::not_found, "", S::not_found, P::answered, "HTTP 204 No Content"},
      {206, O::retry, "{}", S::none, P::answered, "HTTP 206 Partial Content"},
      {301, O::failed, "", S::client_error, P::answered, "HTTP 301 Moved Permanently"},
      {304, O::failed, "", S::client_error, P::answered, "HTTP 304 Not Modified"},
      {400, O::failed, "{}", S::client_error, P::answered, "HTTP 400 Bad Request"},
      {401, O::failed, "{}", S::access_denied, P::answered, "HTTP 401 Unauthorized"},
      {402, O::failed, "{}", S::client_error, P::answered, "HTTP 402 Payment Required"},
      {403, O::failed, "{}", S::access_denied, P::answered, "HTTP 403 Forbidden"},
      {403, O::refused, "Quota exceeded", S::none, P::refused, "HTTP 403 Forbidden"},
      {403, O::refused, "rate-limit hit", S::none, P::refused, "HTTP 403 Forbidden"},
      {403, O::refused, "TOO MANY calls", S::none, P::refused, "HTTP 403 Forbidden"},
      {404, O::not_found, "{\"code\":404}", S::not_found, P::answered, "HTTP 404 Not Found"},
      {407, O::failed, "", S::access_denied, P::answered, "HTTP 407 Proxy Authentication Required"},
      {408, O::retry, "", S::none, P::answered, "HTTP 408 Request Timeout"},
      {410, O::not_found, "", S::not_found, P::answered, "HTTP 410 Gone"},
      {418, O::failed, "", S::client_error, P::answered, "HTTP 418"},
      {425, O::retry, "", S::none, P::answered, "HTTP 425 Too Early"},
      {429, O::refused, "", S::none, P::refused, "HTTP 429 Too Many Requests"},
      {500, O::retry, "", S::none, P::server_error, "HTTP 500 Internal Server Error"},
      {503, O::refused, "", S::none, P::refused, "HTTP 503 Service Unavailable"},
      {504, O::retry, "", S::none, P::server_error, "HTTP 504 Gateway Timeout"},
      {599, O::retry, "", S::none, P::server_error, "HTTP 599"},
      {999, O::failed, "", S::none, P::answered, "HTTP 999"},
  };
  const auto c = classifier();
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const Verdict v = c->classify(response(row.status, row.body), kNow);
    CHECK(v.outcome == row.outcome);
    CHECK(v.suspicion == row.suspicion);
    CHECK(v.pace == row.pace);
    CHECK(v.error == row.error);
    CHECK_FALSE(v.stop);
  }
}

TEST_CASE("a 200 without JSON is asked again, and says what came instead") {
  const auto c = classifier();
  for (const char* body : {"", "<html>login</html>", "{\"a\":1", "{} {}", "{\"a\":\"\xff\"}"}) {
    CAPTURE(body);
    const Verdict v =
        c->classify(response(200, body, {{"content-type", "text/html; charset=utf-8"}}), kNow);
    CHECK(v.outcome == Outcome::retry);
    const bool page = body[0] != '{';
    CHECK(v.suspicion == (page ? Suspicion::no_json : Suspicion::broken_json));
    CHECK(v.error.rfind("body is not JSON: ", 0) == 0);
    CHECK(v.error.find("(text/html)") != std::string::npos);
  }
}

TEST_CASE("failures without an answer keep their words") {
  struct Row {
    HttpFailure::Kind kind;
    Outcome outcome;
    Suspicion suspicion;
    PaceSignal pace;
  };
  using K = HttpFailure::Kind;
  using O = Outcome;
  using S = Suspicion;
  using P = PaceSignal;
  const Row rows[] = {
      {K::resolve, O::retry, S::no_answer, P::connection_error},
      {K::connect, O::retry, S::no_answer, P::connection_error},
      {K::tls, O::retry, S::no_answer, P::connection_error},
      {K::tls_verify, O::retry, S::certificate, P::connection_error},
      {K::timed_out, O::retry, S::no_answer, P::timed_out},
      {K::closed, O::retry, S::no_answer, P::connection_error},
      {K::malformed, O::retry, S::unreadable, P::answered},
      {K::too_large, O::failed, S::unreadable, P::answered},
      {K::decode, O::retry, S::unreadable, P::answered},
      {K::interrupted, O::interrupted, S::none, P::interrupted},
      {K::proxy, O::retry, S::no_answer, P::connection_error},
  };
  const auto c = classifier();
  for (const Row& row : rows) {
    const Verdict v = c->classify(HttpFailure{row.kind, "why"}, kNow);
    CAPTURE(static_cast<int>(row.kind));
    CHECK(v.outcome == row.outcome);
    CHECK(v.suspicion == row.suspicion);
    CHECK(v.pace == row.pace);
    CHECK(v.error == "why");
  }
}

TEST_CASE("a redirect that is not followed is an answer: rules first, then its reason") {
  HttpResponse moved = response(302, "");
  moved.not_followed = "302 from http://h/1 leads to another server";
  const Verdict failed = classifier()->classify(moved, kNow);
  CHECK(failed.outcome == Outcome::failed);
  CHECK(failed.suspicion == Suspicion::elsewhere);
  CHECK(failed.error == moved.not_followed);
  const auto ruled =
      classifier({rule(RuleAction::not_found, [](AnswerRule& w) { w.status = 302; })});
  CHECK(ruled->classify(moved, kNow).outcome == Outcome::not_found);
}

TEST_CASE("Retry-After counts for refusals only") {
  const auto c = classifier();
  const std::vector<HttpHeader> headers{{"Retry-After", "7"}};
  CHECK(c->classify(response(503, "", headers), kNow).retry_after == Millis(7'000));
  CHECK(c->classify(response(429, "", headers), kNow).retry_after == Millis(7'000));
  CHECK_FALSE(c->classify(response(500, "", headers), kNow).retry_after.has_value());
  CHECK_FALSE(c->classify(response(200, "{}", headers), kNow).retry_after.has_value());
  CHECK_FALSE(c->classify(response(503, "", {{"Retry-After", "soon"}}), kNow).retry_after);
}

TEST_CASE("a Retry-After date is read against the server's own Date") {
  const auto c = classifier();
  const Verdict v = c->classify(response(503, "",
                                         {{"Retry-After", "Fri, 01 Jan 2010 00:00:30 GMT"},
                                          {"Date", "Fri, 01 Jan 2010 00:00:00 GMT"}}),
                                kNow);
  CHECK(v.retry_after == Millis(30'000));
}

TEST_CASE("what any answer announces is read, against the server's own Date") {
  const auto c = classifier();
  const std::vector<HttpHeader> headers{{"ratelimit-policy", "\"default\";q=100;w=60"},
                                        {"X-RateLimit-Reset", "1262304030"},
                                        {"X-RateLimit-Remaining", "7"},
                                        {"Date", "Fri, 01 Jan 2010 00:00:00 GMT"}};
  for (const int status : {200, 404, 429, 500, 503}) {
    CAPTURE(status);
    const Verdict v = c->classify(response(status, "{}", headers), kNow);
    REQUIRE(v.announced.has_value());
    CHECK(announced_rate(*v.announced).value_or(0) == doctest::Approx(100.0 / 60));
    CHECK(v.announced->remaining == 7);
    CHECK(v.announced->reset == Millis(30'000));
  }
  CHECK_FALSE(c->classify(response(200, "{}", {{"Date", "now"}}), kNow).announced.has_value());
  CHECK_FALSE(c->classify(response(200, "{}", {{"X-RateLimit-Reset", "soon"}}), kNow)
                  .announced.has_value());
}

TEST_CASE("a reset is a floor as Retry-After is, and the later of the two holds") {
  const auto c = classifier();
  struct Row {
    int status;
    const char* remaining;
    const char* reset;
    const char* retry_after;
    std::optional<Millis> floor;
  };
  for (const Row& row : {
           Row{200, "0", "30", "", Millis(30'000)},
           Row{200, "0", "30", "60", Millis(30'000)},  // of a refusal only
           Row{200, "1", "30", "", {}},
           Row{404, "0", "30", "", Millis(30'000)},
           Row{429, "0", "30", "", Millis(30'000)},
           Row{429, "0", "30", "2", Millis(30'000)},
           Row{429, "0", "30", "60", Millis(60'000)},
           Row{429, "0", "0", "60", Millis(60'000)},
           Row{429, "", "30", "", Millis(30'000)},
           Row{429, "9", "30", "2", Millis(2'000)},  // another limit refused
           Row{403, "0", "30", "", {Millis(30'000)}},
       }) {
    CAPTURE(row.status);
    CAPTURE(row.remaining);
    CAPTURE(row.retry_after);
    const std::vector<HttpHeader> headers{{"RateLimit-Remaining", row.remaining},
                                          {"RateLimit-Reset", row.reset},
                                          {"Retry-After", row.retry_after}};
    CHECK(c->classify(response(row.status, "{}", headers), kNow).retry_after == row.floor);
  }
}

TEST_CASE("the first rule that matches counts, before the defaults") {
  const auto c = classifier({
      rule(RuleAction::not_found,
           [](AnswerRule& w) {
             w.pointer = "/totalResults";
             w.equals = " 0 ";
           }),
      rule(RuleAction::refused,
           [](AnswerRule& w) {
             w.status = 403;
             w.body = "(?i)slow down";
           }),
      rule(RuleAction::retry,
           [](AnswerRule& w) {
             w.header = "X-State";
             w.header_match = "^mainten";
           }),
      rule(RuleAction::done,
           [](AnswerRule& w) {
             w.status = 404;
             w.pointer = "/error";
             w.exists = false;
           }),
      rule(RuleAction::stop, [](AnswerRule& w) { w.status = 402; }),
      rule(RuleAction::failed, [](AnswerRule& w) { w.status = 503; }),
  });
  const auto outcome = [&](const HttpResponse& r) { return c->classify(r, kNow).outcome; };
  CHECK(outcome(json_answer("{\"totalResults\":0}")) == Outcome::not_found);
  CHECK(outcome(json_answer("{\"totalResults\":10}")) == Outcome::done);
  CHECK(outcome(json_answer("[0]")) == Outcome::done);
  CHECK(outcome(response(403, "Slow down!", {{"Retry-After", "3"}})) == Outcome::refused);
  CHECK(outcome(response(403, "no")) == Outcome::failed);
  CHECK(outcome(response(200, "{}", {{"x-state", "maintenance"}})) == Outcome::retry);
  CHECK(outcome(response(200, "{}", {{"x-state", "fine"}})) == Outcome::done);
  CHECK(outcome(response(404, "{\"error\":1}")) == Outcome::not_found);
  CHECK(outcome(response(404, "{}")) == Outcome::done);
  CHECK(outcome(response(404, "no json")) == Outcome::not_found);
  CHECK(outcome(response(503, "")) == Outcome::failed);
  CHECK(c->classify(response(402, ""), kNow).stop);
  CHECK(c->classify(response(403, "slow down", {{"Retry-After", "3"}}), kNow).retry_after ==
        Millis(3'000));
  CHECK(c->classify(response(403, "slow down"), kNow).pace == PaceSignal::refused);
  CHECK(c->classify(json_answer("{\"totalResults\":0}"), kNow).suspicion == Suspicion::not_found);
}

TEST_CASE("a rule's words say which rule it was") {
  const auto c = classifier({rule(RuleAction::failed, [](AnswerRule& w) { w.status = 200; })});
  CHECK(c->classify(json_answer("{}"), kNow).error == "HTTP 200 OK (answer rule 1)");
}

TEST_CASE("rules that could never match are refused with their number") {
  struct Row {
    void (*when)(AnswerRule&);
    const char* fault;
  };
  const Row rows[] = {
      {[](AnswerRule&) {}, "has no condition"},
      {[](AnswerRule& w) { w.status = 42; }, "no HTTP status"},
      {[](AnswerRule& w) { w.header = ""; }, "header is empty"},
      {[](AnswerRule& w) { w.header_match = "x"; }, "needs header"},
      {[](AnswerRule& w) { w.equals = "0"; }, "need pointer"},
      {[](AnswerRule& w) { w.exists = true; }, "need pointer"},
      {[](AnswerRule& w) { w.pointer = "a/b"; }, "no JSON pointer"},
      {[](AnswerRule& w) { w.pointer = "/a", w.equals = "{"; }, "is no JSON"},
      {[](AnswerRule& w) { w.pointer = "/a", w.exists = false, w.equals = "1"; }, "never both"},
      {[](AnswerRule& w) { w.body = "("; }, "no regular expression"},
      {[](AnswerRule& w) { w.header = "A", w.header_match = "["; }, "no regular expression"},
  };
  for (const Row& row : rows) {
    const std::string fault = fault_of(rule(RuleAction::failed, row.when));
    CAPTURE(fault);
    CHECK(fault.find("answer rule 2: ") == 0);
    CHECK(fault.find(row.fault) != std::string::npos);
  }
  CHECK(fault_of(rule(RuleAction::failed, [](AnswerRule& w) { w.status = 404; })).empty());
}

TEST_CASE("a pattern finds its bytes in a body that is no UTF-8") {
  const auto c = classifier({rule(RuleAction::refused, [](AnswerRule& w) { w.body = "quota"; })});
  CHECK(c->classify(response(400, "\xff\xfe quota \xff"), kNow).outcome == Outcome::refused);
}

}  // namespace
}  // namespace dogged
