// SPDX-License-Identifier: MIT
#include "engine/answer_matcher.h"

#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

using Pattern = std::unique_ptr<RE2>;

Result<Pattern> compile_pattern(const std::string& text, const char* what) {
  RE2::Options options;
  options.set_log_errors(false);
  // Bodies and header values are bytes: with Latin-1 a byte that is no UTF-8 hides nothing. ASCII
  // patterns mean the same; others are tried as UTF-8 first.
  const bool ascii =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
  options.set_encoding(ascii ? RE2::Options::EncodingLatin1 : RE2::Options::EncodingUTF8);
  auto pattern = std::make_unique<RE2>(text, options);
  if (!pattern->ok()) {
    return Failure{std::string(what) + " '" + text +
                   "' is no regular expression: " + pattern->error()};
  }
  return pattern;
}

// `equals` as json() would write it, so that white space in the source does not matter.
Result<std::string> compact(const std::string& json) {
  JsonDocument document;
  const Result<bool> parsed = document.parse(json);
  if (!parsed) {
    return Failure{"equals '" + json + "' is no JSON: " + parsed.error()};
  }
  return document.json(document.root());
}

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const HttpHeader& h) { return equals_ignoring_case(h.name, name); });
}

// What makes a rule one that could never match, or that would match anything; empty when it is
// fine.
std::string fault_of(const AnswerRule& rule) {
  if (!rule.status && !rule.header && !rule.header_match && !rule.pointer && !rule.exists &&
      !rule.equals && !rule.body) {
    return "has no condition, it would match every answer";
  }
  if (rule.status && (*rule.status < 100 || *rule.status > 999)) {
    return "status " + std::to_string(*rule.status) + " is no HTTP status";
  }
  if (rule.header && rule.header->empty()) {
    return "header is empty; give the header's name";
  }
  if (rule.header_match && !rule.header) {
    return "header_match needs header, the name of the header to look at";
  }
  if ((rule.exists || rule.equals) && !rule.pointer) {
    return "exists and equals need pointer, the place in the JSON to look at";
  }
  if (rule.pointer && !is_json_pointer(*rule.pointer)) {
    return "'" + *rule.pointer + "' is no JSON pointer; it begins with / (RFC 6901)";
  }
  if (rule.equals && rule.exists && !*rule.exists) {
    return "equals and exists = false can never both hold";
  }
  return {};
}

}  // namespace

const JsonDocument* ParsedBody::json() {
  if (!parsed_) {
    const Result<bool> result = document_.parse(body_);
    parsed_ = true;
    checked_ = true;
    fault_ = result ? std::string() : result.error();
  }
  return fault_.empty() ? &document_ : nullptr;
}

const std::string& ParsedBody::fault() {
  if (!checked_) {
    fault_ = json_fault(body_);
    checked_ = true;
  }
  return fault_;
}

struct AnswerMatcher::Rule {
  AnswerRule spec;
  Pattern header_match;
  Pattern body;
};

AnswerMatcher::AnswerMatcher() = default;
AnswerMatcher::~AnswerMatcher() = default;

Result<AnswerMatcher::Rule> AnswerMatcher::compile(const AnswerRule& rule) {
  if (std::string fault = fault_of(rule); !fault.empty()) {
    return Failure{std::move(fault)};
  }
  Rule compiled;
  compiled.spec = rule;
  if (rule.header_match) {
    Result<Pattern> pattern = compile_pattern(*rule.header_match, "header_match");
    if (!pattern) {
      return Failure{pattern.error()};
    }
    compiled.header_match = std::move(pattern).value();
  }
  if (rule.body) {
    Result<Pattern> pattern = compile_pattern(*rule.body, "body");
    if (!pattern) {
      return Failure{pattern.error()};
    }
    compiled.body = std::move(pattern).value();
  }
  if (rule.equals) {
    Result<std::string> equals = compact(*rule.equals);
    if (!equals) {
      return Failure{equals.error()};
    }
    compiled.spec.equals = std::move(equals).value();
  }
  return compiled;
}

Result<std::unique_ptr<AnswerMatcher>> AnswerMatcher::make(const std::vector<AnswerRule>& rules) {
  std::unique_ptr<AnswerMatcher> matcher(new AnswerMatcher);  // the constructor is private
  for (const AnswerRule& rule : rules) {
    Result<Rule> compiled = compile(rule);
    if (!compiled) {
      return Failure{"answer rule " + std::to_string(matcher->rules_.size() + 1) + ": " +
                     compiled.error()};
    }
    matcher->rules_.push_back(std::move(compiled).value());
  }
  return matcher;
}

std::optional<AnswerMatcher::Match> AnswerMatcher::match(const HttpResponse& response,
                                                         ParsedBody& body) const {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (holds(rules_[i], response, body)) {
      return Match{static_cast<int>(i) + 1, rules_[i].spec.then};
    }
  }
  return std::nullopt;
}

// Cheap conditions first: most answers fail on them.
bool AnswerMatcher::holds(const Rule& rule, const HttpResponse& response, ParsedBody& body) {
  const AnswerRule& when = rule.spec;
  if (when.status && *when.status != response.status) {
    return false;
  }
  if (when.header && !has_header(response, *when.header)) {
    return false;
  }
  if (rule.header_match &&
      !RE2::PartialMatch(re2::StringPiece(response.header(*when.header)), *rule.header_match)) {
    return false;
  }
  if (when.pointer) {
    const JsonDocument* json = body.json();
    if (json == nullptr) {
      return false;  // a body that is no JSON is the default table's business
    }
    const std::optional<JsonDocument::Index> found = json->find(*when.pointer);
    if (found.has_value() != when.exists.value_or(true)) {
      return false;
    }
    if (when.equals && json->json(*found) != *when.equals) {
      return false;
    }
  }
  return !rule.body || RE2::PartialMatch(response.body, *rule.body);
}

}  // namespace dogged
