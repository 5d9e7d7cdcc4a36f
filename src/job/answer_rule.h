// SPDX-License-Identifier: MIT
#pragma once

#include "job/job_state.h"

#include <optional>
#include <string>
#include <vector>

namespace dogged {

// What a rule of a source makes of an answer that it matches.
enum class RuleAction { done, not_found, retry, refused, failed, stop };

std::optional<RuleAction> rule_action_from(std::string_view word);
std::string_view word(RuleAction action);

// `[[answer]]` of a source file: all conditions given must hold. The first rule that matches
// counts, before the defaults.
struct AnswerRule {
  std::optional<int> status;                // the HTTP status is this
  std::optional<std::string> header;        // this header is there ...
  std::optional<std::string> header_match;  // ... and matches this regular expression (RE2)
  std::optional<std::string> pointer;  // this JSON pointer leads somewhere (unless exists=false)
  std::optional<bool> exists;
  std::optional<std::string> equals;  // what stands there, as compact JSON text: 0, "x", null
  std::optional<std::string> body;    // the body matches this regular expression (RE2)
  RuleAction then = RuleAction::failed;
};

}  // namespace dogged
