// SPDX-License-Identifier: MIT
#include "job/job_state.h"

#include "job/answer_rule.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace dogged;  // NOLINT(google-build-using-namespace)

TEST_CASE("the stored words are frozen") {
  CHECK(word(JobState::ready) == "ready");
  CHECK(word(JobState::leased) == "leased");
  CHECK(word(JobState::done) == "done");
  CHECK(word(JobState::not_found) == "not_found");
  CHECK(word(JobState::failed) == "failed");
  CHECK(word(Outcome::retry) == "retry");
  CHECK(word(Outcome::refused) == "refused");
  CHECK(word(Outcome::interrupted) == "interrupted");
}

TEST_CASE("every word is read back as what it was written for, and no other is") {
  for (const auto state :
       {JobState::ready, JobState::leased, JobState::done, JobState::not_found, JobState::failed}) {
    CHECK(job_state_from(word(state)) == state);
  }
  for (const auto outcome : {Outcome::done, Outcome::not_found, Outcome::retry, Outcome::refused,
                             Outcome::failed, Outcome::interrupted}) {
    CHECK(outcome_from(word(outcome)) == outcome);
  }
  for (const auto action : {RuleAction::done, RuleAction::not_found, RuleAction::retry,
                            RuleAction::refused, RuleAction::failed, RuleAction::stop}) {
    CHECK(rule_action_from(word(action)) == action);
  }
  CHECK_FALSE(job_state_from("READY").has_value());
  CHECK_FALSE(outcome_from("").has_value());
  CHECK_FALSE(rule_action_from("ignore").has_value());
}
