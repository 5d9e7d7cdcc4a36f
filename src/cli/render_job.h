// SPDX-License-Identifier: MIT
// One job with its inputs, attempts and answer, for `dogged show`.
#pragma once

#include "base/clock.h"
#include "cli/json_object.h"
#include "store/store_reader.h"

#include <cstddef>
#include <string>

namespace dogged {

// Characters of an answer that are shown unless all of it is asked for.
inline constexpr std::size_t kAnswerShown = 4000;

// The job's row, for more members to be added.
JsonObject job_row_json(const JobRow& job);

// Lines for people, safe for terminals whatever the server or the file held.
std::string job_detail_text(const JobDetail& job, WallTime now, bool full);

// One object. `answer.body` is the answer's JSON with its digits as they came; where the body is no
// JSON, `answer.text` has it instead.
std::string job_detail_json(const JobDetail& job);

}  // namespace dogged
