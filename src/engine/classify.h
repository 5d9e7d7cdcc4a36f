// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"
#include "job/answer_rule.h"
#include "job/job_state.h"
#include "pace/pacer.h"
#include "pace/rate_limit_headers.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// What an answer may be a sign of when it comes many times in a row (engine/systemic_guard.h).
enum class Suspicion {
  none,
  access_denied,
  no_json,
  broken_json,  // begins like JSON, but is cut short or no UTF-8
  unreadable,
  certificate,
  client_error,
  elsewhere,  // a redirect that was not followed
  not_found,
  no_answer
};

struct Verdict {
  Outcome outcome = Outcome::retry;
  std::string error;  // for people, with the cause; empty for done
  Suspicion suspicion = Suspicion::none;
  bool stop = false;  // a rule said: stop the run
  // It is this machine that lacks something: neither job nor server. With Outcome::interrupted the
  // request is still to be made; with Outcome::retry it was made, and what came was lost.
  bool shortage = false;
  PaceSignal pace = PaceSignal::answered;
  // How long nothing should be asked: of a refusal its Retry-After, of any answer the reset of a
  // limit of which nothing remains (announced_wait); the later of the two.
  std::optional<Millis> retry_after;
  std::optional<AnnouncedLimit> announced;  // of any answer
};

// The verdict on a request that was not made: `what` this machine has none left of.
Verdict shortage_verdict(std::string what);

// Turns what HTTP gave into an outcome: the source's rules first, then the defaults, one exhaustive
// table. Immutable; any thread.
class Classifier {
 public:
  // Fails on a regular expression that does not compile (RE2) or a rule that could never match.
  static Result<std::unique_ptr<Classifier>> make(const std::vector<AnswerRule>& rules);
  virtual ~Classifier() = default;
  virtual Verdict classify(const HttpResult& result, WallTime now) const = 0;
};

}  // namespace dogged
