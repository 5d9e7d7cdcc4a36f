// SPDX-License-Identifier: MIT
#include "engine/settle.h"

#include "base/units.h"

#include <utility>

namespace dogged {
namespace {

AttemptRecord record_of(const EndedAttempt& ended) {
  AttemptRecord record;
  record.started_at = ended.started_at;
  record.duration = ended.duration;
  record.outcome = ended.verdict.outcome;
  record.http_status = ended.http_status;
  record.error = ended.verdict.error;
  record.retry_after = ended.verdict.retry_after;
  return record;
}

// Back to ready with a due time, or failed where the job has had its chances.
void send_back(Settlement& s, const EndedAttempt& ended, const RetryPolicy& policy, double uniform,
               WallTime now) {
  const Millis floor = ended.verdict.retry_after.value_or(Millis(0));
  const int tries = ended.job.attempts + ended.job.refusals + 1;
  const WallTime due = now + policy.backoff(tries, uniform, floor);
  const WallTime first = ended.job.first_attempt.value_or(ended.started_at);
  if (s.attempts_added > 0 && policy.exhausted(ended.job.attempts + s.attempts_added)) {
    s.to = JobState::failed;
    s.error += "; given up after " + std::to_string(ended.job.attempts + 1) + " attempts";
  } else if (policy.give_up_after && due - first > *policy.give_up_after) {
    s.to = JobState::failed;
    s.error += "; given up after " + format_duration(now - first);
  } else {
    s.to = JobState::ready;
    s.due = due;
  }
}

}  // namespace

Settlement given_back(JobId job, std::int64_t epoch) {
  Settlement s;
  s.job = job;
  s.epoch = epoch;
  s.to = JobState::ready;
  return s;
}

Settlement settlement_of(EndedAttempt& ended, const RetryPolicy& policy, double uniform,
                         WallTime now) {
  Settlement s = given_back(ended.job);
  const Outcome outcome = ended.verdict.outcome;
  if (outcome == Outcome::interrupted) {
    return s;
  }
  s.http_status = ended.http_status;
  s.error = ended.verdict.error;
  s.at = now;
  s.attempts_added = ended.sent && outcome != Outcome::refused ? 1 : 0;
  switch (outcome) {
    case Outcome::done:
      s.to = JobState::done;
      s.answer = std::move(ended.answer);
      return s;
    case Outcome::not_found:
      s.to = JobState::not_found;
      s.error.clear();  // the state says it
      s.answer = std::move(ended.answer);
      return s;
    case Outcome::failed:
      s.to = JobState::failed;
      break;
    case Outcome::refused:
      s.refusals_added = 1;
      [[fallthrough]];
    case Outcome::retry:
      send_back(s, ended, policy, uniform, now);
      break;
    case Outcome::interrupted:
      break;  // returned above
  }
  if (ended.sent) {
    s.attempt = record_of(ended);
  }
  return s;
}

void keep_wait(Settlement& s, WallTime now) {
  if (s.due && now < s.at) {
    *s.due -= s.at - now;
  }
}

}  // namespace dogged
