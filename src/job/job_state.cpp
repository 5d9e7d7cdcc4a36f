// SPDX-License-Identifier: MIT
#include "job/job_state.h"

#include "job/words.h"

namespace dogged {

namespace {

constexpr Word<JobState> kStates[] = {
    {JobState::ready, "ready"},         {JobState::leased, "leased"}, {JobState::done, "done"},
    {JobState::not_found, "not_found"}, {JobState::failed, "failed"},
};

constexpr Word<Outcome> kOutcomes[] = {
    {Outcome::done, "done"},     {Outcome::not_found, "not_found"},
    {Outcome::retry, "retry"},   {Outcome::refused, "refused"},
    {Outcome::failed, "failed"}, {Outcome::interrupted, "interrupted"},
};

}  // namespace

std::string_view word(JobState state) {
  return word_of(kStates, state);
}
std::optional<JobState> job_state_from(std::string_view text) {
  return value_of(kStates, text);
}

std::string_view word(Outcome outcome) {
  return word_of(kOutcomes, outcome);
}
std::optional<Outcome> outcome_from(std::string_view text) {
  return value_of(kOutcomes, text);
}

}  // namespace dogged
