// SPDX-License-Identifier: MIT
#include "engine/settle.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

EndedAttempt ended_as(Outcome outcome) {
  EndedAttempt ended;
  ended.job.id = 7;
  ended.job.epoch = 3;
  ended.sent = true;
  ended.started_at = kNow - Millis(40);
  ended.duration = Millis(40);
  ended.http_status = 500;
  ended.verdict.outcome = outcome;
  ended.verdict.error = "why";
  return ended;
}

Settlement settled(EndedAttempt ended, const RetryPolicy& policy = {}) {
  return settlement_of(ended, policy, 0.5, kNow);
}

TEST_CASE("an answer is kept, and plain success leaves no attempt row") {
  for (const Outcome outcome : {Outcome::done, Outcome::not_found}) {
    EndedAttempt ended = ended_as(outcome);
    ended.answer.emplace().body = "{}";
    const Settlement s = settled(std::move(ended));
    CHECK(s.job == 7);
    CHECK(s.epoch == 3);
    CHECK(s.to == (outcome == Outcome::done ? JobState::done : JobState::not_found));
    CHECK(s.attempts_added == 1);
    CHECK(s.refusals_added == 0);
    CHECK(s.at == kNow);
    CHECK_FALSE(s.attempt.has_value());
    CHECK((s.error.empty() || outcome == Outcome::done));
    REQUIRE(s.answer.has_value());
    CHECK(s.answer->body == "{}");
  }
}

TEST_CASE("a retry uses up an attempt and is due after its backoff") {
  const Settlement s = settled(ended_as(Outcome::retry));
  CHECK(s.to == JobState::ready);
  CHECK(s.due == kNow + Millis(250));
  CHECK(s.attempts_added == 1);
  CHECK(s.error == "why");
  REQUIRE(s.attempt.has_value());
  CHECK(s.attempt->outcome == Outcome::retry);
  CHECK(s.attempt->started_at == kNow - Millis(40));
  CHECK(s.attempt->duration == Millis(40));
  CHECK(s.attempt->http_status == 500);
}

TEST_CASE("a refusal uses up none, however many there were") {
  EndedAttempt ended = ended_as(Outcome::refused);
  ended.job.attempts = 7;
  ended.job.refusals = 1'000;
  ended.verdict.retry_after = Millis(90'000);
  const Settlement s = settled(std::move(ended));
  CHECK(s.to == JobState::ready);
  CHECK(s.attempts_added == 0);
  CHECK(s.refusals_added == 1);
  CHECK(s.due == kNow + Millis(90'000));
  CHECK(s.attempt->retry_after == Millis(90'000));
}

TEST_CASE("the last attempt that fails gives the job up with its error") {
  EndedAttempt ended = ended_as(Outcome::retry);
  ended.job.attempts = 7;
  const Settlement s = settled(std::move(ended));
  CHECK(s.to == JobState::failed);
  CHECK_FALSE(s.due.has_value());
  CHECK(s.error == "why; given up after 8 attempts");
  CHECK(s.attempt.has_value());
}

TEST_CASE("a job is given up when its next attempt would come too late") {
  RetryPolicy policy;
  policy.give_up_after = Millis(60'000);
  EndedAttempt early = ended_as(Outcome::refused);
  early.job.first_attempt = kNow - Millis(59'000);
  CHECK(settled(std::move(early), policy).to == JobState::ready);
  EndedAttempt late = ended_as(Outcome::refused);
  late.job.first_attempt = kNow - Millis(60'000);
  CHECK(settled(std::move(late), policy).to == JobState::failed);
}

TEST_CASE("a failure is final and keeps its attempt row") {
  const Settlement s = settled(ended_as(Outcome::failed));
  CHECK(s.to == JobState::failed);
  CHECK(s.attempts_added == 1);
  CHECK(s.error == "why");
  CHECK(s.attempt.has_value());
}

TEST_CASE("a job that no request can be made of fails without an attempt") {
  EndedAttempt ended = ended_as(Outcome::failed);
  ended.sent = false;
  const Settlement s = settled(std::move(ended));
  CHECK(s.to == JobState::failed);
  CHECK(s.attempts_added == 0);
  CHECK_FALSE(s.attempt.has_value());
}

TEST_CASE("an interrupted attempt has not happened") {
  const Settlement s = settled(ended_as(Outcome::interrupted));
  CHECK(s.to == JobState::ready);
  CHECK_FALSE(s.due.has_value());
  CHECK(s.attempts_added == 0);
  CHECK(s.refusals_added == 0);
  CHECK(s.error.empty());
  CHECK_FALSE(s.attempt.has_value());
}

TEST_CASE("a wait that was decided before the clock was set back is as long as it was") {
  Settlement s;
  s.at = from_ms(1'790'000'000'000);
  s.due = s.at + Millis(2'000);
  keep_wait(s, s.at + Millis(500));
  CHECK(*s.due == s.at + Millis(2'000));
  const WallTime back = s.at - std::chrono::hours(3);
  keep_wait(s, back);
  CHECK(*s.due == back + Millis(2'000));
  Settlement as_it_was = given_back(1, 1);
  keep_wait(as_it_was, back);
  CHECK_FALSE(as_it_was.due.has_value());
}

}  // namespace
}  // namespace dogged
