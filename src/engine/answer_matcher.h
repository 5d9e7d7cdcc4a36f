// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"
#include "base/result.h"
#include "http/http_client.h"
#include "job/answer_rule.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// An answer's body, parsed at most once, when the first rule asks for it.
class ParsedBody {
 public:
  explicit ParsedBody(const std::string& body) : body_(body) {}  // must outlive this
  // Nothing where the body is no JSON.
  const JsonDocument* json();
  // What is wrong with the body as JSON; empty when it is valid.
  const std::string& fault();

 private:
  const std::string& body_;
  JsonDocument document_;
  bool parsed_ = false;   // document_ holds what json() gave
  bool checked_ = false;  // fault_ is known
  std::string fault_;
};

// The rules of a source, compiled. Immutable; any thread.
class AnswerMatcher {
 public:
  // Fails on a regular expression that does not compile, a condition that could never hold, and a
  // rule without conditions. The message names the rule by its number.
  static Result<std::unique_ptr<AnswerMatcher>> make(const std::vector<AnswerRule>& rules);
  ~AnswerMatcher();
  AnswerMatcher(const AnswerMatcher&) = delete;
  AnswerMatcher& operator=(const AnswerMatcher&) = delete;

  // The first rule that matches: its number from 1, and what it says. Nothing where none does.
  struct Match {
    int number;
    RuleAction then;
  };
  std::optional<Match> match(const HttpResponse& response, ParsedBody& body) const;

 private:
  struct Rule;
  AnswerMatcher();
  static Result<Rule> compile(const AnswerRule& rule);
  static bool holds(const Rule& rule, const HttpResponse& response, ParsedBody& body);

  std::vector<Rule> rules_;  // constant after make
};

}  // namespace dogged
