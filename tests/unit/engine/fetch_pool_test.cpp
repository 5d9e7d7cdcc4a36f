// SPDX-License-Identifier: MIT
#include "engine/fetch_pool.h"

#include "base/sync.h"
#include "engine/courtesy.h"
#include "engine/request_builder.h"
#include "tests/fakes/scripted_http.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <latch>
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
  FetchTurn hand_in(EndedAttempt&& ended) noexcept override EXCLUDES(mutex_) {
    const int next = static_cast<int>(ended.job.id) + 1;
    MutexLock lock(mutex_);
    ended_.push_back(std::move(ended));
    came_.notify_one();
    return next <= last ? FetchTurn{order_of(next), false}
                        : FetchTurn{std::nullopt, waits_for_store};
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

  // Set while the pool rests.
  int last = 0;
  bool waits_for_store = false;

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

// Once all the pool's threads are there: orders one after the other. Whoever has one tells how nice
// it is.
struct Paced {
  static constexpr std::size_t kThreads = 8;
  static constexpr int kMany = 10 * Courtesy::kOrdersWithoutRest;

  Paced() {
    for (std::size_t i = 0; i < kThreads; ++i) {
      p.start(1);
    }
    for (std::size_t i = 0; i < kThreads; ++i) {
      p.next();
    }
  }

  // Each order is awaited before the next one is made, as under a slow rate.
  void one_by_one(int orders) {
    p.desk.last = 0;
    for (int i = 0; i < orders; ++i) {
      p.start(1);
      p.next();
    }
  }
  // Each is the answer to the ending before.
  void in_a_row(int orders) {
    p.desk.last = orders;
    p.start(1);
    for (int i = 0; i < orders; ++i) {
      p.next();
    }
  }

  const int usual = own_niceness();
  const int nice = std::min(usual + niceness_for(kThreads), 19);
  std::vector<int> niceness;  // one thread after the other, as the desk and the pool see to it
  std::latch all_there{kThreads};
  Pooled p{[this](const HttpRequest&, int) {
             if (!all_there.try_wait()) {
               all_there.arrive_and_wait();
             } else {
               niceness.push_back(own_niceness());
             }
             return json_answer("{}");
           },
           kThreads};
};

TEST_CASE("threads that wait for their time do not step back behind others") {
  Paced t;
  t.one_by_one(Paced::kMany);
  CHECK(std::ranges::count(t.niceness, t.usual) == Paced::kMany);
}

TEST_CASE("a thread that never rests steps back, and gives its seat to another where it is to") {
  Paced t;
  t.in_a_row(Paced::kMany);
  CHECK(t.niceness.front() == t.usual);
  CHECK(t.niceness.back() == t.nice);
  t.one_by_one(1);  // the thread that stepped back may not have left yet, then another gets it
  CHECK(t.niceness.back() == t.usual);
  t.in_a_row(Paced::kMany);
  CHECK(t.niceness.back() == t.nice);
  CHECK(t.p.pool->threads() <= Paced::kThreads);
  CHECK(t.p.http.clients() <= static_cast<int>(Paced::kThreads));
}

TEST_CASE("a thread that paused for the store alone has not rested") {
  Paced t;
  t.p.desk.waits_for_store = true;
  t.one_by_one(Paced::kMany);  // one of eight threads had more than the eighth of them
  CHECK(std::ranges::max(t.niceness) == t.nice);
}

TEST_CASE("all seats are taken again when their threads had left them") {
  Paced t;
  for (int round = 0; round < 50; ++round) {
    t.in_a_row(Courtesy::kOrdersWithoutRest + 1);
  }
  CHECK(t.niceness.size() == 50U * (Courtesy::kOrdersWithoutRest + 1));
  CHECK(t.p.http.clients() <= static_cast<int>(Paced::kThreads));
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
