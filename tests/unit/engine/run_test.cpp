// SPDX-License-Identifier: MIT
#include "engine/run.h"

#include "base/error.h"
#include "engine/observer.h"
#include "engine/request_builder.h"
#include "pace/learned_pace.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/scripted_http.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace dogged {
namespace {

class Listener final : public Observer {
 public:
  void on_progress(const Progress& progress) override { last = progress; }
  void on_notice(std::string_view message) override { notices.emplace_back(message); }
  Progress last;
  std::vector<std::string> notices;
};

// One run over scripted HTTP and a store in memory, with real threads.
struct Runner {
  explicit Runner(ScriptedHttp::Script script) : http(std::move(script)) {
    source.request.url = "http://h/{key}";
    options.seed = 7;
    options.retry.base = Millis(1);
    options.retry.cap = Millis(2);
  }

  void import(int n) {
    BatchSpec spec;
    spec.name = "list";
    spec.file = "list.csv";
    spec.now = clock.wall();
    const auto session = store.begin_import(spec);
    for (int i = 1; i <= n; ++i) {
      ImportRow row;
      row.row = i;
      row.line = i;
      row.key = std::to_string(i);
      session->add(row);
    }
    REQUIRE(session->commit("sha").added == n);
  }

  RunReport run() { return run_jobs(source, options, store, http, clock, stop, listener); }

  QueueOutlook totals() {
    const auto handle = store.another_handle();
    const WorkerId worker = handle->start_worker(clock.wall());
    const QueueOutlook outlook = handle->exchange(worker, {}, {}, clock.wall()).outlook;
    handle->end_worker(worker, "looked", clock.wall());
    return outlook;
  }

  Source source;
  RunOptions options;
  MemoryStore store;
  ScriptedHttp http;
  SystemClock clock;
  StopSignal stop;
  Listener listener;
};

HttpResult answer(const HttpRequest& request, int) {
  return json_answer("{\"url\":\"" + request.url + "\"}");
}

TEST_CASE("a hundred jobs over a bad server all settle") {
  Runner r([](const HttpRequest& request, int nth) -> HttpResult {
    const std::size_t roll = std::hash<std::string>{}(request.url + "#" + std::to_string(nth)) % 30;
    if (roll < 2) {
      return response(503, "");
    }
    if (roll == 2) {
      return HttpFailure{HttpFailure::Kind::closed, "reset"};
    }
    if (roll == 3) {
      return response(200, "{\"cut");
    }
    return answer(request, nth);
  });
  r.options.retry.cap = Millis(100);
  r.import(100);
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 100);
  CHECK(r.totals().done == 100);
  CHECK(report.refusals > 0);
  CHECK(report.retries > 0);
  CHECK(r.http.requests() == report.requests);
  CHECK(r.http.most_at_once() <= 64);
  CHECK(r.listener.last.done == 100);
}

TEST_CASE("a worker asks where the redirect led") {
  Runner r([](const HttpRequest& request, int nth) -> HttpResult {
    if (request.url == "http://h/1") {
      HttpRequest next = request;
      next.url = "http://h/one";
      return HttpRedirect{next};
    }
    return answer(request, nth);
  });
  r.import(3);
  const RunReport report = r.run();
  CHECK(report.done == 3);
  CHECK(report.requests == 4);
  CHECK(r.http.asked().at("http://h/one") == 1);
}

TEST_CASE("a builder that was made before is used, not made again") {
  const auto count =
      std::filesystem::temp_directory_path() / ("dogged-run-test-" + std::to_string(::getpid()));
  Runner r(answer);
  r.source.request.headers = {{"X-Key", "cmd:echo x | tee -a '" + count.string() + "'"}};
  const auto builder = RequestBuilder::make(r.source, "");
  REQUIRE(builder.ok());
  r.import(2);
  const RunReport report = run_jobs(ReadySource{r.source, *builder.value()}, r.options, r.store,
                                    r.http, r.clock, r.stop, r.listener);
  CHECK(report.done == 2);
  CHECK(std::filesystem::file_size(count) == 2);
  std::filesystem::remove(count);
}

TEST_CASE("a run may have no job at all") {
  Runner r(answer);
  CHECK(r.run().end == RunEnd::finished);
  CHECK(r.http.requests() == 0);
}

TEST_CASE("a second run finds nothing to do") {
  Runner r(answer);
  r.import(30);
  CHECK(r.run().done == 30);
  CHECK(r.run().done == 0);
  CHECK(r.http.requests() == 30);
}

TEST_CASE("a drain gives the rest back; a stop interrupts what is in flight") {
  Runner r([&r](const HttpRequest& request, int nth) -> HttpResult {
    return request.url == "http://h/1" ? answer(request, nth) : hang_until_stop(r.stop);
  });
  r.import(100);
  std::thread user([&] {
    r.http.wait_for_requests(5);
    r.stop.request_drain();
    r.stop.request_stop();
  });
  const RunReport report = r.run();
  user.join();
  CHECK(report.end == RunEnd::interrupted);
  CHECK(report.done <= 1);
  CHECK(r.totals().leased == 0);
  CHECK(r.totals().ready == 100 - report.done);
}

TEST_CASE("when the grace is over the run itself interrupts what is in flight") {
  Runner r([&r](const HttpRequest&, int) { return hang_until_stop(r.stop); });
  r.options.grace = Millis(20);
  r.import(10);
  std::thread user([&] {
    r.http.wait_for_requests(4);
    r.stop.request_drain();
  });
  const RunReport report = r.run();
  user.join();
  CHECK(report.end == RunEnd::interrupted);
  CHECK(r.stop.stopping());
  CHECK(r.totals().ready == 10);
}

TEST_CASE("a worker thread that breaks ends the run with its error and loses nothing") {
  Runner r([](const HttpRequest& request, int nth) -> HttpResult {
    if (request.url == "http://h/20") {
      throw std::runtime_error("boom");
    }
    return answer(request, nth);
  });
  r.import(200);
  CHECK_THROWS_WITH_AS(r.run(), doctest::Contains("boom"), Error);
  CHECK(r.totals().leased == 0);
  CHECK(r.totals().failed == 0);
}

TEST_CASE("a store that fails once ends the run, and what came in is kept all the same") {
  for (const int number : {1, 2, 3, 5}) {
    Runner r(answer);
    r.import(100);
    r.store.fail_exchange(number);
    const RunReport report = r.run();
    CHECK(report.end == RunEnd::store);
    CHECK_FALSE(report.reason.empty());
    CHECK(r.totals().leased == 0);
    CHECK(r.totals().done == report.done);
    CHECK(r.totals().ready == 100 - report.done);
  }
}

TEST_CASE("a store that stays lost ends the run, and the report counts only what was kept") {
  Runner r(answer);
  r.import(100);
  r.store.on_exchange([](std::int64_t number) {
    if (number >= 4) {
      throw Error(Fault::store_unavailable, "disk full");
    }
  });
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::store);
  CHECK(report.reason.find("disk full") == 0);
  r.store.on_exchange({});
  CHECK(r.totals().done == report.done);
}

TEST_CASE("where a thread breaks and the store is lost, the run ends for the store") {
  Runner* running = nullptr;
  Runner r([&](const HttpRequest& request, int nth) -> HttpResult {
    if (request.url == "http://h/20") {
      running->store.on_exchange(
          [](std::int64_t) { throw Error(Fault::store_unavailable, "disk full"); });
      throw std::runtime_error("boom");
    }
    return answer(request, nth);
  });
  running = &r;
  r.import(200);
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::store);
  CHECK(report.reason.find("disk full") != std::string::npos);
}

TEST_CASE("another error of the store goes up, with no thread left behind and no lease") {
  Runner r(answer);
  r.import(100);
  r.store.on_exchange([](std::int64_t number) {
    if (number == 3) {
      throw Error("corrupt");
    }
  });
  CHECK_THROWS_WITH_AS(r.run(), "corrupt", Error);
  r.store.on_exchange({});
  CHECK(r.totals().leased == 0);
}

TEST_CASE("the jobs of a worker that died are taken up at the start") {
  Runner r(answer);
  r.import(30);
  const auto other = r.store.another_handle();
  const WorkerId dead = other->start_worker(r.clock.wall());
  REQUIRE(other->exchange(dead, {}, {10, false}, r.clock.wall()).leased.size() == 10);
  r.store.kill(dead);
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 30);
  CHECK(r.listener.notices.size() == 1);
}

TEST_CASE("a suspect, leased only to an idle worker, is not waited for by held answers") {
  Runner r([](const HttpRequest&, int) -> HttpResult { return response(404, "{}"); });
  r.import(25);
  for (int death = 0; death < kMaxDeaths - 1; ++death) {
    const auto other = r.store.another_handle();
    const WorkerId dead = other->start_worker(r.clock.wall());
    REQUIRE(other->exchange(dead, {}, {10, true}, r.clock.wall()).leased.size() == 10);
    r.store.kill(dead);
    (void)r.store.recover_dead_workers(r.clock.wall());
  }
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(r.totals().not_found == 25);
}

TEST_CASE("the source's caps hold beside the options'") {
  Runner r(answer);
  r.source.limits.max_concurrency = 2;
  r.import(100);
  CHECK(r.run().done == 100);
  CHECK(r.http.most_at_once() <= 2);
}

TEST_CASE("a long wait is kept in the store and kept to by the next run") {
  Runner r([](const HttpRequest&, int) -> HttpResult {
    return response(429, "", {{"Retry-After", "3600"}});
  });
  r.options.max_wait = Millis(1'000);
  r.import(30);
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.next_due.has_value());
  CHECK(r.store.setting(setting::kWait).has_value());
  const std::int64_t before = r.http.requests();
  CHECK(r.run().end == RunEnd::later);
  CHECK(r.http.requests() == before);
}

TEST_CASE("a kept wait that is no number or absurdly far ahead is none") {
  for (const std::string& wait :
       {std::string("soon"), std::string("9223372036854775807"),
        std::to_string(to_ms(SystemClock().wall() + std::chrono::hours(24 * 400)))}) {
    Runner r(answer);
    r.options.max_wait = Millis(1'000);
    r.import(3);
    r.store.put_setting(setting::kWait, wait);
    CHECK(r.run().done == 3);
  }
}

TEST_CASE("a source that cannot be asked is a usage error before the store is touched") {
  Runner r(answer);
  r.source.request.url = "h/{key}";
  try {
    (void)r.run();
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::usage);
  }
  CHECK(r.store.exchanges() == 0);
}

// Whether it becomes true in that time; it takes all of it only where it does not.
template <typename Predicate>
bool comes_true(std::chrono::microseconds within, Predicate&& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

TEST_CASE("a store that takes its time for an exchange holds no request back") {
  // Slow enough that not all the requests that may start during an exchange have done so before its
  // thread gets a processor.
  Runner r([](const HttpRequest& request, int nth) {
    (void)comes_true(std::chrono::microseconds(100), [] { return false; });
    return answer(request, nth);
  });
  r.options.max_concurrency = 1;
  r.import(5'000);
  int slow = 0;
  int held_back = 0;
  r.store.on_exchange([&](std::int64_t) {
    if (slow == 10) {
      return;
    }
    const std::int64_t before = r.http.requests();
    // One request may be on its way when the exchange begins; of three, two are started during it.
    if (r.store.leases() < before + 3) {
      return;
    }
    ++slow;
    held_back += comes_true(Millis(5'000), [&] { return r.http.requests() >= before + 3; }) ? 0 : 1;
  });
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 5'000);
  CHECK(r.http.most_at_once() == 1);
  CHECK(slow == 10);
  CHECK(held_back == 0);
}

TEST_CASE("what is not stored yet is bounded: a store that is far behind holds requests back") {
  Runner r(answer);
  r.options.max_concurrency = 1;
  r.import(20'000);
  constexpr std::int64_t kUnstored = 640 + 1;  // and the one that was in flight
  std::int64_t leased = 0;
  int slow = 0;
  r.store.on_exchange([&](std::int64_t) {
    const std::int64_t before = r.http.requests();
    // What this exchange leases is not at hand before it ends.
    const std::int64_t at_hand = std::exchange(leased, r.store.leases());
    if (slow == 3 || at_hand < before + kUnstored + 64) {
      return;
    }
    ++slow;
    std::int64_t seen = before;
    while (comes_true(Millis(50), [&] { return r.http.requests() > seen; })) {
      seen = r.http.requests();
    }
    CHECK(seen <= before + kUnstored);
  });
  CHECK(r.run().done == 20'000);
  // A sanitizer's pace is too low for so many leases: then there is nothing to hold back.
  WARN(slow > 0);
}

TEST_CASE("a store that fails while requests are in flight loses no answer and no job") {
  std::atomic<int> answered{0};
  Runner r([&](const HttpRequest& request, int nth) -> HttpResult {
    if (std::stoi(request.url.substr(request.url.rfind('/') + 1)) > 40) {
      return hang_until_stop(r.stop);
    }
    ++answered;
    return answer(request, nth);
  });
  r.import(200);
  bool failed = false;
  r.store.on_exchange([&](std::int64_t) {
    if (!failed && answered == 40 && r.http.requests() > 40) {  // one at least hangs
      failed = true;
      throw Error(Fault::store_unavailable, "disk full");
    }
  });
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::store);
  CHECK(report.reason.find("disk full") == 0);
  CHECK(answered == 40);
  CHECK(report.done == 40);
  CHECK(r.stop.stopping());
  const QueueOutlook left = r.totals();
  CHECK(left.done == 40);
  CHECK(left.leased == 0);
  CHECK(left.ready == 160);
  CHECK(left.failed == 0);
}

TEST_CASE("what was learned is kept, and the next run starts near it") {
  Runner first(answer);
  first.import(500);
  CHECK(first.run().done == 500);
  const auto text = first.store.setting(setting::kLearned);
  REQUIRE(text.has_value());
  const auto learned = learned_from_json(*text);
  REQUIRE(learned.has_value());
  CHECK(learned->concurrency >= 1);
  CHECK(first.clock.wall() - learned->at < std::chrono::minutes(1));

  // No answer before 25 are in flight: a run that has to look for its pace starts with 4.
  Runner next([&](const HttpRequest& request, int nth) -> HttpResult {
    return comes_true(Millis(10'000), [&] { return next.http.requests() >= 25; })
               ? answer(request, nth)
               : response(400, "");
  });
  LearnedPace pace;
  pace.concurrency = 30;
  pace.at = next.clock.wall();
  next.store.put_setting(setting::kLearned, to_json(pace));
  next.import(500);
  const RunReport report = next.run();
  CHECK(report.done == 500);
  CHECK(next.http.most_at_once() >= 25);
  const auto again = learned_from_json(next.store.setting(setting::kLearned).value_or(""));
  REQUIRE(again.has_value());
  CHECK(again->at > pace.at);
}

TEST_CASE("what was learned a year ago, or cannot be read, is not started from") {
  LearnedPace old;
  old.concurrency = 30;
  old.at = SystemClock().wall() - std::chrono::hours(24 * 365);
  for (const std::string& text : {to_json(old), std::string("{\"concurrency\":"), std::string()}) {
    Runner r([&](const HttpRequest&, int) { return hang_until_stop(r.stop); });
    r.store.put_setting(setting::kLearned, text);
    r.import(100);
    std::thread user([&] {
      r.http.wait_for_requests(4);
      r.stop.request_drain();
      r.stop.request_stop();
    });
    const RunReport report = r.run();
    user.join();
    CHECK(report.end == RunEnd::interrupted);
    CHECK(r.http.most_at_once() == 4);
    // Nothing was answered: nothing was learned.
    CHECK(r.store.setting(setting::kLearned) == text);
  }
}

TEST_CASE("--now asks once, and where it is answered takes the wait out of the store") {
  Runner r(answer);
  r.options.probe_now = true;
  r.import(50);
  r.store.put_setting(setting::kWait,
                      std::to_string(to_ms(r.clock.wall() + std::chrono::hours(1))));
  const RunReport report = r.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 50);
  CHECK(r.store.setting(setting::kWait) == "0");
  REQUIRE(r.listener.notices.size() == 1);
  CHECK(r.listener.notices[0].find("before the wait") != std::string::npos);
}

TEST_CASE("the quota counts what was requested by the end of a run") {
  Runner r(answer);
  r.options.quota = Quota{5'000, Quota::Per::day};
  r.options.rate = Rate{2'000, Millis(1'000)};
  r.import(120);
  const RunReport report = r.run();
  CHECK(report.done == 120);
  CHECK(r.store.setting(setting::kQuotaUsed).value_or("").find("\"used\":120}") !=
        std::string::npos);
}

TEST_CASE("two runs on one store settle every job once") {
  Runner r(answer);
  r.import(600);
  const auto handle = r.store.another_handle();
  StopSignal stop;
  Listener listener;
  RunReport second;
  std::thread other(
      [&] { second = run_jobs(r.source, r.options, *handle, r.http, r.clock, stop, listener); });
  const RunReport first = r.run();
  other.join();
  CHECK(first.end == RunEnd::finished);
  CHECK(second.end == RunEnd::finished);
  CHECK(first.done + second.done == 600);
  CHECK(r.http.requests() == 600);
}

}  // namespace
}  // namespace dogged
