// SPDX-License-Identifier: MIT
// The words that jobs are told with. They are stored and shown: frozen, never renamed.
#pragma once

#include <optional>
#include <string_view>

namespace dogged {

enum class JobState { ready, leased, done, not_found, failed };

std::string_view word(JobState state);
std::optional<JobState> job_state_from(std::string_view word);

// How one attempt ended.
enum class Outcome {
  done,         // an answer
  not_found,    // an answer: the source does not hold this ID
  retry,        // the job's own trouble: timeout, broken body, 500; uses up an attempt
  refused,      // the server's "not now": 429, 503, or a rule; uses up none
  failed,       // asking again would not help
  interrupted,  // the run was told to stop, the machine slept, or the worker died; uses up none
};

std::string_view word(Outcome outcome);
std::optional<Outcome> outcome_from(std::string_view word);

}  // namespace dogged
