// SPDX-License-Identifier: MIT
#include "engine/classify.h"

#include "base/text.h"
#include "engine/answer_matcher.h"
#include "engine/status_text.h"
#include "pace/retry_after.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

constexpr const char* kQuotaWords = "(?i)quota|rate.?limit|too many";

Verdict verdict(Outcome outcome, std::string error, Suspicion suspicion = Suspicion::none,
                PaceSignal pace = PaceSignal::answered) {
  Verdict v;
  v.outcome = outcome;
  v.error = std::move(error);
  v.suspicion = suspicion;
  v.pace = pace;
  return v;
}

std::string no_json_text(const std::string& fault, std::string_view content_type) {
  std::string text = "body is not JSON: " + fault;
  if (!content_type.empty()) {
    text += " (" + printable(content_type.substr(0, content_type.find(';')), 60) + ")";
  }
  return text;
}

bool begins_like_json(std::string_view body) {
  const std::string_view text = trimmed(body.substr(0, 1000));
  return !text.empty() && (text.front() == '{' || text.front() == '[');
}

// What a status that is no success and no refusal is a sign of when it comes again and again.
Suspicion suspicion_of(int status) {
  if (status == 401 || status == 403 || status == 407) {
    return Suspicion::access_denied;
  }
  // A redirect that was not followed is mostly the way to a login page.
  return status >= 300 && status < 500 ? Suspicion::client_error : Suspicion::none;
}

Verdict from_failure(const HttpFailure& failure) {
  using Kind = HttpFailure::Kind;
  switch (failure.kind) {
    case Kind::resolve:
    case Kind::connect:
    case Kind::tls:
    case Kind::closed:
    case Kind::proxy:
      return verdict(Outcome::retry, failure.message, Suspicion::no_answer,
                     PaceSignal::connection_error);
    case Kind::timed_out:
      return verdict(Outcome::retry, failure.message, Suspicion::no_answer, PaceSignal::timed_out);
    case Kind::tls_verify:
      return verdict(Outcome::retry, failure.message, Suspicion::certificate,
                     PaceSignal::connection_error);
    case Kind::malformed:
    case Kind::decode:
      return verdict(Outcome::retry, failure.message, Suspicion::unreadable);
    case Kind::too_large:
      // Asking again brings the same body.
      return verdict(Outcome::failed, failure.message, Suspicion::unreadable);
    case Kind::interrupted:
      return verdict(Outcome::interrupted, failure.message, Suspicion::none,
                     PaceSignal::interrupted);
    case Kind::shortage:
      return shortage_verdict(failure.message);
  }
  return verdict(Outcome::retry, failure.message);
}

}  // namespace

Verdict shortage_verdict(std::string what) {
  Verdict v =
      verdict(Outcome::interrupted, std::move(what), Suspicion::none, PaceSignal::interrupted);
  v.shortage = true;
  return v;
}

namespace {

class RulesThenDefaults final : public Classifier {
 public:
  explicit RulesThenDefaults(std::unique_ptr<AnswerMatcher> rules)
      : rules_(std::move(rules)), quota_words_(kQuotaWords, RE2::Latin1) {}

  Verdict classify(const HttpResult& result, WallTime now) const override {
    if (const auto* failure = std::get_if<HttpFailure>(&result)) {
      return from_failure(*failure);
    }
    if (std::holds_alternative<HttpRedirect>(result)) {
      // An answer for the pacer, and none for the job: that one is asked for elsewhere now.
      return verdict(Outcome::interrupted, "redirected");
    }
    const auto& response = std::get<HttpResponse>(result);
    ParsedBody body(response.body);
    Verdict v;
    if (const auto match = rules_->match(response, body)) {
      v = by_rule(*match, response);
    } else if (!response.not_followed.empty()) {
      v = verdict(Outcome::failed, response.not_followed, Suspicion::elsewhere);
    } else {
      v = by_default(response, body);
    }
    if (v.outcome == Outcome::refused) {
      v.pace = PaceSignal::refused;
    }
    read_limits(response, now, v);
    return v;
  }

 private:
  static Verdict by_rule(const AnswerMatcher::Match& match, const HttpResponse& response) {
    const std::string said =
        status_text(response.status) + " (answer rule " + std::to_string(match.number) + ")";
    switch (match.then) {
      case RuleAction::done:
        return verdict(Outcome::done, {});
      case RuleAction::not_found:
        return verdict(Outcome::not_found, said, Suspicion::not_found);
      case RuleAction::retry:
        return verdict(Outcome::retry, said);
      case RuleAction::refused:
        return verdict(Outcome::refused, said);
      case RuleAction::failed:
        return verdict(Outcome::failed, said, suspicion_of(response.status));
      case RuleAction::stop: {
        Verdict v = verdict(Outcome::failed, said);
        v.stop = true;
        return v;
      }
    }
    return verdict(Outcome::failed, said);
  }

  // The table of defaults, by status.
  Verdict by_default(const HttpResponse& response, ParsedBody& body) const {
    const int status = response.status;
    const std::string text = status_text(status);
    switch (status) {
      case 204:
      case 404:
      case 410:
        return verdict(Outcome::not_found, text, Suspicion::not_found);
      case 206:  // we never ask for a part
      case 408:
      case 425:
        return verdict(Outcome::retry, text);
      case 429:
      case 503:
        return verdict(Outcome::refused, text);
      case 403:
        if (RE2::PartialMatch(response.body, quota_words_)) {
          return verdict(Outcome::refused, text);
        }
        return verdict(Outcome::failed, text, Suspicion::access_denied);
      default:
        break;
    }
    if (status >= 200 && status < 300) {
      if (const std::string& fault = body.fault(); !fault.empty()) {
        return verdict(
            Outcome::retry, no_json_text(fault, response.header("Content-Type")),
            begins_like_json(response.body) ? Suspicion::broken_json : Suspicion::no_json);
      }
      return verdict(Outcome::done, {});
    }
    if (status >= 500 && status < 600) {
      return verdict(Outcome::retry, text, Suspicion::none, PaceSignal::server_error);
    }
    return verdict(Outcome::failed, text, suspicion_of(status));
  }

  // What the server says of its limits. Most answers say nothing: these cost a look at the names of
  // their headers.
  static void read_limits(const HttpResponse& response, WallTime now, Verdict& v) {
    const bool refused = v.outcome == Outcome::refused;
    const std::string_view retry_after = refused ? response.header("Retry-After") : "";
    std::vector<HeaderView> limits;
    for (const HttpHeader& header : response.headers) {
      if (is_rate_limit_header(header.name)) {
        limits.push_back({header.name, header.value});
      }
    }
    if (retry_after.empty() && limits.empty()) {
      return;
    }
    // The server's own clock, where it tells it: ours may be wrong.
    const WallTime server_now = parse_http_date(response.header("Date"), now).value_or(now);
    v.retry_after = parse_retry_after(retry_after, server_now);
    v.announced = read_rate_limits(limits, server_now);
    if (!v.announced) {
      return;
    }
    if (const auto wait = announced_wait(*v.announced, refused, v.retry_after.has_value())) {
      v.retry_after = std::max(*wait, v.retry_after.value_or(*wait));
    }
  }

  const std::unique_ptr<AnswerMatcher> rules_;
  const RE2 quota_words_;
};

}  // namespace

Result<std::unique_ptr<Classifier>> Classifier::make(const std::vector<AnswerRule>& rules) {
  Result<std::unique_ptr<AnswerMatcher>> matcher = AnswerMatcher::make(rules);
  if (!matcher) {
    return Failure{matcher.error()};
  }
  return std::unique_ptr<Classifier>(
      std::make_unique<RulesThenDefaults>(std::move(matcher).value()));
}

}  // namespace dogged
