// SPDX-License-Identifier: MIT
#include "engine/systemic_guard.h"

#include "engine/settle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);
constexpr SteadyTime kBegin{std::chrono::hours(1)};

Verdict verdict(Outcome outcome, Suspicion suspicion = Suspicion::none,
                PaceSignal pace = PaceSignal::answered) {
  Verdict v;
  v.outcome = outcome;
  v.suspicion = suspicion;
  v.pace = pace;
  v.error = outcome == Outcome::done ? "" : "HTTP so-and-so";
  return v;
}

const Verdict kDone = verdict(Outcome::done);
const Verdict kDenied = verdict(Outcome::failed, Suspicion::access_denied);
const Verdict kNoJson = verdict(Outcome::retry, Suspicion::no_json);
const Verdict kClientError = verdict(Outcome::failed, Suspicion::client_error);
const Verdict kNotFound = verdict(Outcome::not_found, Suspicion::not_found);
const Verdict kServerError = verdict(Outcome::retry);
const Verdict kRefused = verdict(Outcome::refused, Suspicion::none, PaceSignal::refused);
const Verdict kUnreachable =
    verdict(Outcome::retry, Suspicion::no_answer, PaceSignal::connection_error);
const Verdict kInterrupted =
    verdict(Outcome::interrupted, Suspicion::none, PaceSignal::interrupted);

struct Watched {
  explicit Watched(bool trust_answers = false) : guard(trust_answers) { guard.on_start(0, kBegin); }

  // Without a body it is another one each time.
  void take(const Verdict& v, const std::string& body = {}) {
    EndedAttempt ended;
    ended.job.id = ++last_id;
    ended.job.epoch = 1;
    ended.job.attempts = attempts;
    ended.sent = true;
    ended.start = began_early ? 0 : ++last_start;
    guard.on_start(last_start, now);
    ended.verdict = v;
    if (v.suspicion == Suspicion::no_answer) {
      guard.on_trouble(ended);
      return;
    }
    ended.answer.emplace();
    ended.answer->body = body.empty() ? "body " + std::to_string(last_id) : body;
    Settlement classified = settlement_of(ended, {}, 0, kNow);
    guard.take(std::move(ended), std::move(classified), settled);
  }
  void take(int count, const Verdict& v, const std::string& body = {}) {
    for (int i = 0; i < count; ++i) {
      take(v, body);
    }
  }
  // Settled so: not just given back.
  std::int64_t count(JobState to) const {
    return std::count_if(settled.begin(), settled.end(), [&](const Settlement& s) {
      return s.to == to && (to != JobState::ready || s.attempts_added + s.refusals_added > 0);
    });
  }
  std::int64_t given_back() const {
    return std::count_if(settled.begin(), settled.end(), [](const Settlement& s) {
      return s.to == JobState::ready && s.attempts_added + s.refusals_added == 0;
    });
  }
  void store_has_done() { guard.on_store_has_done(settled); }

  SystemicGuard guard;
  std::vector<Settlement> settled;
  int attempts = 0;  // of the jobs, before this one
  JobId last_id = 0;
  Pacer::StartId last_start = 0;
  bool began_early = false;  // what is taken began before all else
  SteadyTime now = kBegin;
};

TEST_CASE("twenty refusals of access in a row stop the run and burn nothing, at any time") {
  for (const bool has_done : {false, true}) {
    Watched w;
    if (has_done) {
      w.store_has_done();
    }
    w.take(19, kDenied);
    CHECK(w.settled.empty());
    CHECK_FALSE(w.guard.fault().has_value());
    w.take(kDenied);
    REQUIRE(w.guard.fault().has_value());
    CHECK(w.guard.fault()->find("20 jobs in a row") != std::string::npos);
    CHECK(w.guard.fault()->find("check -H or [auth]") != std::string::npos);
    CHECK(w.given_back() == 20);
    CHECK(w.count(JobState::failed) == 0);
    CHECK(w.guard.held() == 0);
  }
}

TEST_CASE("a login page for everybody stops the run at any time") {
  Watched w;
  w.store_has_done();
  w.take(20, kNoJson);
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.guard.fault()->find("no JSON") != std::string::npos);
}

TEST_CASE("the advice is the one for what the server does") {
  struct Row {
    Suspicion suspicion;
    const char* error;
    const char* advice;
    const char* never;
  };
  const Row rows[] = {
      {Suspicion::no_json, "body is not JSON: invalid value", "login", "cuts or spoils"},
      {Suspicion::broken_json, "body is not JSON: invalid UTF-8 at byte 9", "cuts or spoils",
       "login"},
      {Suspicion::elsewhere, "302 from http://h/1 leads to another server",
       "--redirect-other-origin", "--trust-answers"},
      {Suspicion::client_error, "400 Bad Request", "--trust-answers", "--redirect-other-origin"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.error);
    Watched w;
    Verdict v = verdict(Outcome::failed, row.suspicion);
    v.error = row.error;
    w.take(20, v);
    REQUIRE(w.guard.fault().has_value());
    CHECK(w.guard.fault()->find(row.error) != std::string::npos);
    CHECK(w.guard.fault()->find(row.advice) != std::string::npos);
    CHECK(w.guard.fault()->find(row.never) == std::string::npos);
    CHECK(w.given_back() == 20);
  }
}

const Verdict kNoHttp = verdict(Outcome::retry, Suspicion::unreadable);
const Verdict kTooLarge = verdict(Outcome::failed, Suspicion::unreadable);

TEST_CASE("what is no JSON again, of jobs that had it among good answers, is no fault of the run") {
  Watched w;
  w.store_has_done();
  w.attempts = 1;
  w.take(100, kNoJson);
  CHECK_FALSE(w.guard.fault().has_value());
  CHECK(w.guard.held() == 0);
  CHECK(w.count(JobState::ready) == 100);
  // It breaks no row either.
  w.attempts = 0;
  w.take(19, kNoJson);
  w.attempts = 1;
  w.take(kNoJson);
  w.attempts = 0;
  w.take(kNoJson);
  CHECK(w.guard.fault().has_value());
}

TEST_CASE("jobs that were tried before count where access is denied, or nothing is done") {
  for (const bool has_done : {false, true}) {
    Watched w;
    if (has_done) {
      w.store_has_done();
    }
    w.attempts = 1;
    w.take(20, has_done ? kDenied : kNoJson);
    CHECK(w.guard.fault().has_value());
  }
}

TEST_CASE("twenty answers that cannot be read stop the run while nothing is done") {
  Watched w;
  w.take(10, kNoHttp);
  w.take(9, kTooLarge);
  CHECK_FALSE(w.guard.fault().has_value());
  w.take(kTooLarge);
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.guard.fault()->find("cannot be used") != std::string::npos);
  CHECK(w.guard.fault()->find("--max-body") != std::string::npos);
  CHECK(w.given_back() == 20);
}

TEST_CASE("answers that cannot be read for a moment are retried where something is done") {
  for (const bool by_this_run : {false, true}) {
    Watched w;
    if (by_this_run) {
      w.take(kDone);
      w.take(kDone);
    } else {
      w.store_has_done();
    }
    w.settled.clear();
    w.take(100, kNoHttp);
    w.now += kUnreadableFor - Millis(1);
    w.take(100, kNoHttp);
    CHECK_FALSE(w.guard.fault().has_value());
    CHECK(w.guard.held() == 200);
    w.take(kDone);
    CHECK(w.count(JobState::ready) == 200);
    CHECK(w.count(JobState::done) == 1);
    w.now += kUnreadableFor;
    w.take(19, kNoHttp);
    w.guard.decide_stranded(false, w.settled);
    CHECK_FALSE(w.guard.fault().has_value());
    CHECK(w.count(JobState::ready) == 219);
  }
}

TEST_CASE("answers that cannot be read for long stop the run at any time") {
  Watched w;
  w.store_has_done();
  w.take(50, kNoHttp);
  w.now += kUnreadableFor;
  w.began_early = true;  // an answer that was only late in coming does not make it longer
  w.take(kNoHttp);
  CHECK_FALSE(w.guard.fault().has_value());
  w.began_early = false;
  w.take(kNoHttp);
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.given_back() == 52);
  Watched few;
  few.store_has_done();
  few.take(kNoHttp);
  few.now += std::chrono::hours(1);
  few.take(18, kNoHttp);
  CHECK_FALSE(few.guard.fault().has_value());
  few.take(kNoHttp);
  CHECK(few.guard.fault().has_value());
}

TEST_CASE("a row's time counts from its own beginning") {
  Watched w;
  w.store_has_done();
  w.take(5, kNoHttp);
  w.take(kDone);
  w.now += 2 * kUnreadableFor;
  w.take(40, kNoHttp);
  CHECK_FALSE(w.guard.fault().has_value());
  w.now += kUnreadableFor;
  w.take(kNoHttp);
  CHECK(w.guard.fault().has_value());
}

TEST_CASE("refusals of access among what cannot be read count for themselves") {
  Watched w;
  w.store_has_done();
  w.take(30, kNoHttp);
  w.take(19, kDenied);
  CHECK_FALSE(w.guard.fault().has_value());
  w.take(kDenied);
  CHECK(w.guard.fault().has_value());
  CHECK(w.given_back() == 50);
}

TEST_CASE("a proper answer breaks the row, which settles as it was judged") {
  Watched w;
  w.store_has_done();
  w.take(19, kDenied);
  w.take(kDone);
  CHECK(w.count(JobState::failed) == 19);
  CHECK(w.count(JobState::done) == 1);
  w.take(19, kDenied);
  CHECK_FALSE(w.guard.fault().has_value());
}

TEST_CASE("refusals, server errors, trouble and interruptions neither break nor feed a row") {
  Watched w;
  w.store_has_done();
  for (int i = 0; i < 19; ++i) {
    w.take(kDenied);
    w.take(kRefused);
    w.take(kServerError);
    w.take(kUnreachable);
    w.take(kInterrupted);
  }
  CHECK_FALSE(w.guard.fault().has_value());
  CHECK(w.settled.size() == 19 * 3);
  w.take(kDenied);
  CHECK(w.guard.fault().has_value());
}

TEST_CASE("client errors and not_found stop the run only while nothing is done") {
  for (const Verdict& v : {kClientError, kNotFound}) {
    Watched early;
    early.take(20, v);
    CHECK(early.guard.fault().has_value());
    CHECK(early.given_back() == 20);
    Watched late;
    late.store_has_done();
    late.take(500, v);
    CHECK_FALSE(late.guard.fault().has_value());
    CHECK(late.settled.size() == 500);
  }
}

TEST_CASE("byte-identical answers stop the run only while nothing is done") {
  Watched w;
  w.take(20, kDone, "the same");
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.guard.fault()->find("byte for byte") != std::string::npos);
  CHECK(w.given_back() == 20);
  Watched late;
  late.store_has_done();
  late.take(100, kDone, "the same");
  CHECK(late.count(JobState::done) == 100);
}

TEST_CASE("an answer unlike the one before it breaks the row of identical ones") {
  Watched w;
  w.take(19, kDone, "the same");
  CHECK(w.settled.empty());
  w.take(kDone, "another");
  CHECK(w.count(JobState::done) == 20);
  CHECK(w.guard.held() == 0);
}

TEST_CASE("an answer that this run settled ends the checks of the beginning before it is stored") {
  Watched w;
  w.take(300, kServerError);
  w.take(kDone);
  w.take(100, kNotFound);
  CHECK_FALSE(w.guard.fault().has_value());
  CHECK(w.count(JobState::done) == 1);
  CHECK(w.count(JobState::not_found) == 100);
}

TEST_CASE("the first answer in the store ends the checks of the beginning") {
  Watched w;
  w.take(15, kNotFound);
  w.store_has_done();
  CHECK(w.count(JobState::not_found) == 15);
  CHECK(w.guard.held() == 0);
  Watched denied;
  denied.take(15, kDenied);
  denied.store_has_done();
  CHECK(denied.guard.held() == 15);
}

TEST_CASE("a certificate that does not verify stops the run the first time") {
  Watched w;
  w.store_has_done();
  w.take(verdict(Outcome::retry, Suspicion::certificate, PaceSignal::connection_error));
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.guard.fault()->find("--cacert") != std::string::npos);
  CHECK(w.given_back() == 1);
}

TEST_CASE("after the decision proper answers settle and all else goes back") {
  Watched w;
  w.store_has_done();
  w.take(20, kDenied);
  w.settled.clear();
  w.take(kDenied);
  w.take(kServerError);
  w.take(kClientError);
  w.take(kRefused);
  CHECK(w.given_back() == 4);
  w.take(kDone);
  w.take(kNotFound);
  CHECK(w.count(JobState::done) == 1);
  CHECK(w.count(JobState::not_found) == 1);
}

TEST_CASE("after a decision on identical answers one more of them is no proper answer") {
  Watched w;
  w.take(20, kDone, "the same");
  w.settled.clear();
  w.take(kDone, "the same");
  CHECK(w.given_back() == 1);
  w.take(kDone, "another");
  CHECK(w.count(JobState::done) == 1);
}

TEST_CASE("a minute of trouble before the first answer is a fault of the run") {
  Watched w;
  w.take(3, kUnreachable);
  CHECK(w.guard.deadline() == kBegin + kNoAnswerFor);
  w.guard.on_time(kBegin + kNoAnswerFor - Millis(1), w.settled);
  CHECK_FALSE(w.guard.fault().has_value());
  w.guard.on_time(kBegin + kNoAnswerFor, w.settled);
  REQUIRE(w.guard.fault().has_value());
  CHECK(w.guard.fault()->find("no answer at all") != std::string::npos);
}

TEST_CASE("a server that is only slow with its first answer is no fault") {
  Watched w;
  CHECK_FALSE(w.guard.deadline().has_value());
  w.guard.on_time(kBegin + std::chrono::hours(1), w.settled);
  CHECK_FALSE(w.guard.fault().has_value());
}

TEST_CASE("after any answer, a refusal too, trouble is no fault of the run") {
  for (const Verdict& v : {kRefused, kServerError, kDenied, kDone}) {
    Watched w;
    w.take(5, kUnreachable);
    w.take(v);
    CHECK_FALSE(w.guard.deadline().has_value());
    w.take(kUnreachable);
    CHECK_FALSE(w.guard.deadline().has_value());
  }
}

TEST_CASE("a stranded row of refused access goes back with its message where it is long") {
  Watched denied;
  denied.store_has_done();
  denied.take(10, kDenied);
  denied.guard.decide_stranded(false, denied.settled);
  REQUIRE(denied.guard.fault().has_value());
  CHECK(denied.guard.fault()->find("to 10 jobs in a row") != std::string::npos);
  CHECK(denied.given_back() == 10);
  Watched few;
  few.store_has_done();
  few.take(9, kDenied);
  few.guard.decide_stranded(false, few.settled);
  CHECK_FALSE(few.guard.fault().has_value());
  CHECK(few.count(JobState::failed) == 9);
  Watched all;
  all.take(1, kDenied);
  all.guard.decide_stranded(true, all.settled);
  CHECK(all.guard.fault().has_value());
}

TEST_CASE("answers to requests that began before access was denied do not break the row") {
  Watched w;
  w.store_has_done();
  w.take(1, kDenied);
  w.began_early = true;
  w.take(3, kDone);
  w.began_early = false;
  CHECK(w.guard.held() == 1);
  CHECK(w.count(JobState::done) == 3);
  w.take(19, kDenied);
  CHECK(w.guard.fault().has_value());
  CHECK(w.given_back() == 20);
}

TEST_CASE("identical answers that are stranded settle") {
  Watched same;
  same.take(7, kDone, "the same");
  same.guard.decide_stranded(true, same.settled);
  CHECK_FALSE(same.guard.fault().has_value());
  CHECK(same.count(JobState::done) == 7);
}

TEST_CASE("a row that cannot grow settles as it was judged") {
  Watched w;
  w.take(7, kDenied);
  w.guard.settle_held(w.settled);
  CHECK(w.count(JobState::failed) == 7);
  CHECK(w.guard.held() == 0);
}

TEST_CASE("at an undecided end answers settle and possible faults go back") {
  Watched denied;
  denied.take(7, kDenied);
  denied.guard.release_held(denied.settled);
  CHECK(denied.given_back() == 7);
  Watched absent;
  absent.take(7, kNotFound);
  absent.guard.release_held(absent.settled);
  CHECK(absent.count(JobState::not_found) == 7);
}

TEST_CASE("trusted answers are never held") {
  Watched w(true);
  w.take(100, kDenied);
  w.take(100, kDone, "the same");
  w.take(100, kUnreachable);
  w.take(verdict(Outcome::retry, Suspicion::certificate, PaceSignal::connection_error));
  CHECK(w.settled.size() == 201);
  CHECK_FALSE(w.guard.deadline().has_value());
  CHECK_FALSE(w.guard.fault().has_value());
}

TEST_CASE("a job that no request was made for says nothing of the server") {
  Watched w;
  w.take(19, kDenied);
  EndedAttempt ended;
  ended.job.id = 500;
  ended.verdict = verdict(Outcome::failed);
  Settlement classified = settlement_of(ended, {}, 0, kNow);
  w.guard.take(std::move(ended), std::move(classified), w.settled);
  CHECK(w.settled.size() == 1);
  CHECK(w.guard.held() == 19);
}

}  // namespace
}  // namespace dogged
