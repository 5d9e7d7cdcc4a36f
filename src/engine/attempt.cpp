// SPDX-License-Identifier: MIT
#include "engine/attempt.h"

#include "base/text.h"
#include "engine/request_builder.h"
#include "http/http_client.h"

#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace dogged {
namespace {

constexpr std::size_t kMostHeader = 200;  // characters of a header that are kept

// A header that is only of use as it was sent; empty where it is not fit to be kept.
std::string validator(std::string_view value) {
  return value.size() <= kMostHeader && printable(value) == value ? std::string(value)
                                                                  : std::string();
}

// A smaller difference is a nap that no server notices, or a clock being set right.
constexpr Millis kSlept{2'000};

// An instant on all clocks.
struct Instant {
  WallTime wall;
  SteadyTime steady;
  Millis slept;

  static Instant now(const Clock& clock) { return {clock.wall(), clock.steady(), clock.slept()}; }
};

Millis steady_between(const Instant& before, const Instant& after) {
  return std::chrono::duration_cast<Millis>(after.steady - before.steady);
}

// Whether time went by that neither the deadline nor the server counted alike. A machine that was
// suspended from outside sees no sleep, but a wall clock that jumps.
bool slept(const Instant& before, const Instant& after) {
  return after.slept - before.slept > kSlept ||
         after.wall - before.wall > steady_between(before, after) + kSlept;
}

Answer answer_of(HttpResponse&& response, WallTime fetched_at) {
  Answer answer;
  answer.http_status = response.status;
  answer.content_type = printable(response.header("Content-Type"), kMostHeader);
  answer.etag = validator(response.header("ETag"));
  answer.last_modified = validator(response.header("Last-Modified"));
  answer.fetched_at = fetched_at;
  answer.body = std::move(response.body);
  return answer;
}

Verdict proves_nothing(std::string why) {
  Verdict verdict;
  verdict.outcome = Outcome::interrupted;
  verdict.error = std::move(why);
  verdict.pace = PaceSignal::interrupted;
  return verdict;
}

bool is_answer(Outcome outcome) {
  return outcome == Outcome::done || outcome == Outcome::not_found;
}

// Fetches what `order` asks for, as `request`.
void fetch(EndedAttempt& ended, const FetchOrder& order, const HttpRequest& request,
           const Instant& began, const AttemptTools& tools) {
  HttpResult result = tools.http.fetch(request);
  const Instant now = Instant::now(tools.clock);
  ended.duration = steady_between(began, now);
  judge(ended, order, std::move(result), tools.classifier, now.wall);
  if (!ended.next && ended.http_status == 0 && slept(began, now)) {
    ended.verdict = proves_nothing("the machine slept while the request was in flight");
  }
}

// What a request comes to whose answer found no memory. Needs none.
void lose_answer(EndedAttempt& ended, std::string&& why) noexcept {
  ended.sent = true;
  ended.stale = false;
  ended.next.reset();
  ended.answer.reset();
  ended.http_status = 0;
  ended.verdict = Verdict();
  ended.verdict.outcome = Outcome::retry;
  ended.verdict.error = std::move(why);
  ended.verdict.shortage = true;
  ended.verdict.pace = PaceSignal::interrupted;
}

}  // namespace

EndedAttempt make_attempt(FetchOrder& order, const AttemptTools& tools) {
  EndedAttempt ended;
  ended.start = order.start;
  const Instant began = Instant::now(tools.clock);
  ended.started_at = began.wall;

  const JobValues values{order.job.key, order.job.columns, order.job.id_column};
  Result<HttpRequest> request =
      order.request ? Result<HttpRequest>(*order.request) : tools.builder.build(values);
  if (!request) {
    ended.verdict.outcome = Outcome::failed;
    ended.verdict.error = "no request can be made of this job: " + request.error();
    ended.verdict.pace = PaceSignal::interrupted;
    ended.job = std::move(order.job);
    return ended;
  }

  request.value().subject = order.job.key;
  request.value().new_connection = order.resend;
  std::string lacking = "out of memory for the answer";  // while there is some
  try {
    fetch(ended, order, request.value(), began, tools);
  } catch (const std::bad_alloc&) {
    ended.duration = steady_between(began, Instant::now(tools.clock));
    lose_answer(ended, std::move(lacking));
  }
  ended.job = std::move(order.job);
  return ended;
}

void judge(EndedAttempt& ended, const FetchOrder& order, HttpResult&& result,
           const Classifier& classifier, WallTime now) {
  ended.sent = true;
  if (auto* response = std::get_if<HttpResponse>(&result)) {
    ended.verdict = classifier.classify(result, now);
    ended.http_status = response->status;
    if (is_answer(ended.verdict.outcome)) {
      ended.answer = answer_of(std::move(*response), now);
    }
  } else if (auto* redirect = std::get_if<HttpRedirect>(&result)) {
    ended.verdict = classifier.classify(result, now);
    ended.next = std::move(redirect->next);
  } else if (std::get<HttpFailure>(result).stale && !order.resend) {
    ended.stale = true;
    ended.next = order.request;
    ended.verdict = proves_nothing("the connection was of no use any more");
  } else {
    ended.verdict = classifier.classify(result, now);
    if (ended.verdict.shortage) {
      ended.sent = false;
      ended.stale = order.resend;
      ended.next = order.request;
    }
  }
  if (ended.verdict.suspicion == Suspicion::certificate && order.request &&
      order.request->redirects > 0) {
    ended.verdict.suspicion = Suspicion::none;  // of a host that one job was sent to
  }
}

EndedAttempt unmade_attempt(FetchOrder&& order, std::string lacking, WallTime now) {
  EndedAttempt ended;
  ended.verdict = shortage_verdict(std::move(lacking));
  ended.job = std::move(order.job);
  ended.start = order.start;
  ended.started_at = now;
  ended.stale = order.resend;
  ended.next = std::move(order.request);
  return ended;
}

EndedAttempt crashed_attempt(FetchOrder&& order, const std::string& why, WallTime now) {
  EndedAttempt ended;
  ended.verdict = proves_nothing(why);
  ended.crash = why;
  ended.start = order.start;
  ended.started_at = now;
  ended.job = std::move(order.job);
  return ended;
}

}  // namespace dogged
