// SPDX-License-Identifier: MIT
#include "job/answer_rule.h"

#include "job/words.h"

namespace dogged {

namespace {

constexpr Word<RuleAction> kActions[] = {
    {RuleAction::done, "done"},     {RuleAction::not_found, "not_found"},
    {RuleAction::retry, "retry"},   {RuleAction::refused, "refused"},
    {RuleAction::failed, "failed"}, {RuleAction::stop, "stop"},
};

}  // namespace

std::optional<RuleAction> rule_action_from(std::string_view text) {
  return value_of(kActions, text);
}
std::string_view word(RuleAction action) {
  return word_of(kActions, action);
}

}  // namespace dogged
