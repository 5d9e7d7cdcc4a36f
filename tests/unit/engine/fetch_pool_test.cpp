// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/sync.h"
#include "engine/request_builder.h"
#include "tests/fakes/scripted_http.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <new>
#include <stdexcept>
#include <vector>

namespace dogged {
namespace {

FetchOrder order_of(int key) {
  FetchOrder order;
  order.job.id = key;
  order.job.key = std::to_string(key);
  order.start = static_cast<Pacer::StartId>(key);
  return order;
}

// Keeps what is handed in for the test. Answers each ending with the order of the next
// key, up to `last`.
class Counter final : public FetchDesk {
 public:
  std::optional<FetchOrder> hand_in(EndedAttempt&& ended) noexcept override EXCLUDES(mutex_) {
    const int next = static_cast<int>(ended.job.id) + 1;
    MutexLock lock(mutex_);
    ended_.push_back(std::move(ended));
    came_.notify_one();
    return next <= last ? std::optional(order_of(next)) : std::nullopt;
  }
  EndedAttempt next() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (ended_.empty()) {
      came_.wait(mutex_);
    }
    EndedAttempt one = std::move(ended_.front());
    ended_.pop_front();
    return one;
  }

  int last = 0;  // set while the pool rests

 private:
  Mutex mutex_;
  CondVar came_;  // synchronises itself
  std::deque<EndedAttempt> ended_ GUARDED_BY(mutex_);
};

// A pool with scripted HTTP and all that it needs.
struct Pooled {
  explicit Pooled(ScriptedHttp::Script script, std::size_t threads = 4) : http(std::move(script)) {
    Source source;
    source.request.url = "http://h/{key}";
    builder = std::move(RequestBuilder::make(source, "")).value();
    classifier = std::move(Classifier::make({})).value();
    pool.emplace(FetchPoolTools{http, *builder, *classifier, clock}, threads, desk);
  }

  void start(int key) { CHECK_FALSE(pool->start(order_of(key)).has_value()); }
  EndedAttempt next() { return desk.next(); }

  ScriptedHttp http;
  SystemClock clock;
  std::unique_ptr<RequestBuilder> builder;
  std::unique_ptr<Classifier> classifier;
  Counter desk;
  std::optional<FetchPool> pool;
};

int own_niceness() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

HttpResult ok(const HttpRequest&, int) {
  return json_answer("{}");
}

TEST_CASE("every order comes back judged, with its job and its start") {
  Pooled p(ok);
  for (int key = 1; key <= 50; ++key) {
    p.start(key);
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 50; ++i) {
    const EndedAttempt ended = p.next();
    CHECK(ended.verdict.outcome == Outcome::done);
    CHECK(ended.start == static_cast<Pacer::StartId>(ended.job.id));
    CHECK(ended.answer->body == "{}");
    sum += ended.job.id;
  }
  CHECK(sum == 50 * 51 / 2);
  CHECK(p.pool->threads() <= 4);
}

TEST_CASE("a thread goes on with the order that it gets where it hands in the last one") {
  Pooled p(ok, 64);
  p.desk.last = 40;
  p.start(1);
  for (int key = 1; key <= 40; ++key) {
    CHECK(p.next().job.id == key);
  }
  CHECK(p.pool->threads() == 1);
  CHECK(p.http.clients() == 1);
}

TEST_CASE(
    "a thread that never rests steps back behind others, one that waits for its time does not") {
  const int usual = own_niceness();
  std::vector<int> niceness;  // of the pool's only thread, whose answers are awaited one by one
  Pooled p(
      [&niceness](const HttpRequest&, int) {
        niceness.push_back(own_niceness());
        return json_answer("{}");
      },
      1);
  constexpr int kRested = 200;
  for (int key = 1; key <= kRested; ++key) {
    p.start(key);
    p.next();
  }
  CHECK(niceness.back() == usual);
  p.desk.last = 2 * kRested;
  p.start(kRested);
  for (int key = kRested; key <= 2 * kRested; ++key) {
    p.next();
  }
  CHECK(niceness.back() == std::min(usual + 10, 19));
}

TEST_CASE("a thread that broke reports the orders that it gets at the desk too") {
  Pooled p([](const HttpRequest&, int) -> HttpResult { throw std::runtime_error("boom"); });
  p.desk.last = 3;
  p.start(1);
  for (int key = 1; key <= 3; ++key) {
    const EndedAttempt ended = p.next();
    CHECK(ended.job.id == key);
    CHECK(ended.crash == "a worker thread broke: boom");
  }
  CHECK(p.http.requests() == 1);
}

TEST_CASE("a job that no request can be made of fails without one") {
  Pooled p(ok);
  FetchOrder order;
  order.job.id = 1;
  CHECK_FALSE(p.pool->start(std::move(order)).has_value());
  const EndedAttempt ended = p.next();
  CHECK_FALSE(ended.sent);
  CHECK(ended.verdict.outcome == Outcome::failed);
  CHECK(ended.verdict.error.find("no request can be made") == 0);
  CHECK(p.http.requests() == 0);
}

TEST_CASE("a thread that breaks reports its order and those after it") {
  Pooled p([](const HttpRequest&, int) -> HttpResult { throw std::runtime_error("boom"); }, 1);
  p.start(1);
  p.start(2);
  for (int i = 1; i <= 2; ++i) {
    const EndedAttempt ended = p.next();
    CHECK(ended.job.id == i);
    CHECK(ended.verdict.outcome == Outcome::interrupted);
    CHECK(ended.crash.find("boom") != std::string::npos);
  }
}

TEST_CASE("where memory runs out for an answer the attempt is over, and the thread goes on") {
  Pooled p([](const HttpRequest&, int nth) -> HttpResult {
    if (nth == 1) {
      throw std::bad_alloc();
    }
    return json_answer("{}");
  });
  p.start(1);
  const EndedAttempt first = p.next();
  CHECK(first.job.id == 1);
  CHECK(first.verdict.shortage);
  CHECK(first.sent);
  CHECK(first.verdict.outcome == Outcome::retry);
  CHECK(first.verdict.error == "out of memory for the answer");
  CHECK(first.crash.empty());
  p.start(1);
  CHECK(p.next().verdict.outcome == Outcome::done);
}

// Has no memory for its first client.
class NoClientAtFirst final : public HttpClientFactory {
 public:
  explicit NoClientAtFirst(HttpClientFactory& then) : then_(then) {}
  std::unique_ptr<HttpClient> make() override {
    if (tries_++ == 0) {
      throw std::bad_alloc();
    }
    return then_.make();
  }

 private:
  HttpClientFactory& then_;
  std::atomic<int> tries_ = 0;
};

TEST_CASE("where memory runs out before the request the order comes back, still to be made") {
  Pooled p(ok, 1);
  NoClientAtFirst http(p.http);
  p.pool.emplace(FetchPoolTools{http, *p.builder, *p.classifier, p.clock}, 1, p.desk);
  p.start(1);
  const EndedAttempt first = p.next();
  CHECK(first.job.id == 1);
  CHECK_FALSE(first.sent);
  CHECK(first.verdict.shortage);
  CHECK(first.verdict.outcome == Outcome::interrupted);
  CHECK(first.verdict.error == "out of memory");
  CHECK(p.http.requests() == 0);
  p.start(1);
  CHECK(p.next().verdict.outcome == Outcome::done);
  p.pool->stop();
}

TEST_CASE("stop may come twice, and at once") {
  Pooled p(ok);
  p.pool->stop();
  p.pool->stop();
  CHECK(p.pool->threads() == 0);
}

}  // namespace
}  // namespace dogged
