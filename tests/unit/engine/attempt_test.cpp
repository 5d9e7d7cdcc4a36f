// SPDX-License-Identifier: MIT
#include "engine/attempt.h"

#include "engine/request_builder.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_http.h"

#include <doctest/doctest.h>

#include <functional>
#include <new>

namespace dogged {
namespace {

using std::chrono::hours;

// One attempt during which `meanwhile` happens, and that ends with `result`.
EndedAttempt attempt(const std::function<void(FakeClock&)>& meanwhile, HttpResult result,
                     FetchOrder order = {}) {
  FakeClock clock;
  ScriptedHttp http([&](const HttpRequest&, int) {
    meanwhile(clock);
    return result;
  });
  Source source;
  source.request.url = "http://h/{key}";
  const auto builder = std::move(RequestBuilder::make(source, "")).value();
  const auto classifier = std::move(Classifier::make({})).value();
  const auto client = http.make();
  order.job.key = "1";
  return make_attempt(order, {*client, *builder, *classifier, clock});
}

HttpFailure reset() {
  return {HttpFailure::Kind::closed, "reset"};
}

TEST_CASE("a failure during which the machine slept is interrupted, whatever the wall clock says") {
  for (const Millis set_by : {Millis(0), Millis(-hours(3)), Millis(hours(3))}) {
    CAPTURE(set_by.count());
    const EndedAttempt ended = attempt(
        [&](FakeClock& clock) {
          clock.sleep(hours(1));
          clock.set_wall(clock.wall() + set_by);
        },
        reset());
    CHECK(ended.verdict.outcome == Outcome::interrupted);
    CHECK(ended.verdict.error == "the machine slept while the request was in flight");
  }
}

TEST_CASE("an answer counts, however long the machine slept before it") {
  const EndedAttempt ended =
      attempt([](FakeClock& clock) { clock.sleep(hours(1)); }, json_answer("{}"));
  CHECK(ended.verdict.outcome == Outcome::done);
}

TEST_CASE("a failure without sleep counts, and so after a nap or a clock that is set back") {
  for (const Millis by : {Millis(0), Millis(1'500)}) {
    CHECK(attempt([by](FakeClock& clock) { clock.sleep(by); }, reset()).verdict.outcome ==
          Outcome::retry);
  }
  const auto set_back = [](FakeClock& clock) { clock.set_wall(clock.wall() - hours(3)); };
  CHECK(attempt(set_back, reset()).verdict.outcome == Outcome::retry);
}

TEST_CASE("what could not be made for want of means is still to be made, as it was ordered") {
  FetchOrder order;
  order.resend = true;
  order.request = HttpRequest{};
  order.request->url = "http://h/elsewhere";
  const EndedAttempt ended = attempt(
      [](FakeClock&) {}, HttpFailure{HttpFailure::Kind::shortage, "Too many open files"}, order);
  CHECK(ended.verdict.shortage);
  CHECK(ended.verdict.outcome == Outcome::interrupted);
  CHECK_FALSE(ended.sent);
  CHECK(ended.stale);
  REQUIRE(ended.next.has_value());
  CHECK(ended.next->url == "http://h/elsewhere");
}

TEST_CASE("where memory runs out once the request was begun the attempt was made") {
  FetchOrder order;
  order.resend = true;
  order.request = HttpRequest{};
  order.request->url = "http://h/elsewhere";
  const EndedAttempt ended = attempt(
      [](FakeClock& clock) {
        clock.advance(Millis(700));
        throw std::bad_alloc();
      },
      json_answer("{}"), order);
  CHECK(ended.sent);
  CHECK(ended.verdict.shortage);
  CHECK(ended.verdict.outcome == Outcome::retry);
  CHECK(ended.verdict.error == "out of memory for the answer");
  CHECK(ended.verdict.pace == PaceSignal::interrupted);
  CHECK_FALSE(ended.goes_on());
  CHECK_FALSE(ended.answer.has_value());
  CHECK(ended.duration == Millis(700));
  CHECK(ended.job.key == "1");
}

// There was memory for the answer, and none to judge it.
class NoMemory final : public Classifier {
 public:
  Verdict classify(const HttpResult&, WallTime) const override { throw std::bad_alloc(); }
};

TEST_CASE("where there is no memory left to judge an answer the attempt was made") {
  const FakeClock clock;
  ScriptedHttp http([](const HttpRequest&, int) { return json_answer("{}"); });
  Source source;
  source.request.url = "http://h/{key}";
  const auto builder = std::move(RequestBuilder::make(source, "")).value();
  const NoMemory classifier;
  const auto client = http.make();
  FetchOrder order;
  order.job.key = "1";
  const EndedAttempt ended = make_attempt(order, {*client, *builder, classifier, clock});
  CHECK(ended.sent);
  CHECK(ended.verdict.outcome == Outcome::retry);
  CHECK(ended.verdict.error == "out of memory for the answer");
  CHECK(ended.job.key == "1");
}

}  // namespace
}  // namespace dogged
