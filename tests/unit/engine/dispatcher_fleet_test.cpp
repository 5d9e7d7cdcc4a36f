// SPDX-License-Identifier: MIT
// A run and what the workers on its store share: caps, pause, quota, waits, outages.
#include "engine/dispatcher.h"
#include "tests/fakes/scripted_http.h"
#include "tests/unit/engine/virtual_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace dogged {
namespace {

constexpr Millis kSecond{1'000};
constexpr Millis kMinute{60'000};

RunOptions options() {
  RunOptions o;
  o.seed = 42;
  return o;
}

Served answer(const std::string& key, Millis latency = Millis(10)) {
  return {json_answer("{\"id\":" + key + "}"), latency};
}

VirtualRun::Server answers(Millis latency = Millis(10)) {
  return [latency](const std::string& key, int, Moment) { return answer(key, latency); };
}

// Starts in [from, to).
std::int64_t starts_in(const VirtualRun& run, SteadyTime from, SteadyTime to) {
  return std::count_if(run.starts.begin(), run.starts.end(),
                       [&](SteadyTime t) { return t >= from && t < to; });
}

std::int64_t starts_since(const VirtualRun& run, SteadyTime from) {
  return starts_in(run, from, SteadyTime::max());
}

void pause(VirtualRun& run) {
  run.store.put_setting(setting::kPaused, std::to_string(to_ms(run.now.wall)));
}

void resume(VirtualRun& run) {
  run.store.put_setting(setting::kPaused, "");
}

void set_caps(VirtualRun& run, const Caps& caps) {
  run.store.put_setting(setting::kCaps, to_json(caps));
}

// The starts that the store counts in the present window of the quota.
std::int64_t quota_used(VirtualRun& run) {
  const std::string text = run.store.setting(setting::kQuotaUsed).value_or("");
  const std::string member = "\"used\":";
  const std::size_t at = text.find(member);
  REQUIRE(at != std::string::npos);
  return std::stoll(text.substr(at + member.size()));
}

// Another worker on the run's store, moved by hand. It leases nothing.
class Other {
 public:
  explicit Other(VirtualRun& run)
      : run_(run),
        store_(run.store.another_handle()),
        worker_(store_->start_worker(run.now.wall)) {}

  FleetView tells(const FleetRequest& request) {
    LeaseRequest all;
    all.fleet = request;
    return store_->exchange(worker_, {}, all, run_.now.wall).fleet;
  }
  FleetView tells_outage() {
    FleetRequest request;
    request.outage = true;
    return tells(request);
  }
  FleetView tells_answer() {
    FleetRequest request;
    request.answered_at = run_.now.wall;
    return tells(request);
  }
  void tells_wait(WallTime until) {
    FleetRequest request;
    request.wait_until = until;
    tells(request);
  }
  void leave() { store_->end_worker(worker_, "left", run_.now.wall); }
  void die() { store_->kill(worker_); }

 private:
  VirtualRun& run_;
  std::unique_ptr<MemoryStore> store_;
  WorkerId worker_;
};

// --- pause

TEST_CASE("a store that is paused from the start is waited for, with no lease and no spinning") {
  VirtualRun run(options(), answers());
  run.import(100);
  pause(run);
  run.run(10 * kMinute);
  CHECK(run.starts.empty());
  CHECK(run.totals().leased == 0);  // what came with the first look went back
  CHECK(run.dispatcher().progress(run.now).bound == PaceBound::paused);
  CHECK(run.steps < 3 * 600);  // what workers share is asked for once a second
  resume(run);
  const SteadyTime resumed = run.now.steady;
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 100);
  CHECK(run.starts.front() <= resumed + kSecond);
}

TEST_CASE("a pause holds a run within a second, gives the leases back, and ends when it is told") {
  VirtualRun run(options(), answers(Millis(200)));
  run.import(3'000);
  run.run(2 * kSecond);
  REQUIRE(run.starts.size() > 10);
  pause(run);
  const SteadyTime paused = run.now.steady;
  run.run(30 * kSecond);
  CHECK(starts_since(run, paused + kSecond) == 0);
  CHECK(run.totals().leased == 0);
  CHECK(run.totals().done == static_cast<std::int64_t>(run.starts.size()));
  CHECK(run.dispatcher().progress(run.now).bound == PaceBound::paused);
  resume(run);
  const SteadyTime resumed = run.now.steady;
  run.run(kSecond);
  CHECK(starts_since(run, resumed) > 0);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 3'000);
  CHECK(report.requests == 3'000);
}

TEST_CASE("a pause longer than --max-wait ends the run for later, and says why") {
  for (const bool from_the_start : {true, false}) {
    RunOptions o = options();
    o.max_wait = 5 * kSecond;
    VirtualRun run(o, answers(Millis(200)));
    run.import(3'000);
    if (!from_the_start) {
      run.run(2 * kSecond);
    }
    pause(run);
    const SteadyTime paused = run.now.steady;
    const RunReport report = run.run();
    CHECK(report.end == RunEnd::later);
    CHECK(report.reason.find("paused") != std::string::npos);
    CHECK(report.reason.find("dogged resume") != std::string::npos);
    CHECK(run.now.steady > paused + 5 * kSecond);
    CHECK(run.now.steady <= paused + 7 * kSecond);
    CHECK(run.totals().leased == 0);
    CHECK(run.totals().ready == 3'000 - report.done);
  }
}

TEST_CASE("a pause shorter than --max-wait is sat out, as often as it comes") {
  RunOptions o = options();
  o.max_wait = 5 * kSecond;
  VirtualRun run(o, answers(Millis(200)));
  run.import(2'000);
  for (int i = 0; i < 3; ++i) {
    pause(run);
    run.run(3 * kSecond);
    resume(run);
    run.run(2 * kSecond);
  }
  CHECK_FALSE(run.dispatcher().ending());
  CHECK(run.run().done == 2'000);
}

// --- caps

TEST_CASE("a cap on concurrency in the store is lowered, raised and lifted for a run at work") {
  VirtualRun run(options(), answers(Millis(100)));
  run.import(40'000);
  run.run(5 * kSecond);
  REQUIRE(run.most_in_flight > 8);
  const auto most_within = [&run](const Caps& caps) {
    set_caps(run, caps);
    run.run(2 * kSecond);
    run.most_in_flight = 0;
    run.run(5 * kSecond);
    return run.most_in_flight;
  };
  CHECK(most_within({2, {}, {}}) == 2);
  CHECK(most_within({8, {}, {}}) == 8);
  set_caps(run, {});
  run.run(40 * kSecond);  // a trial of less may be under way, and takes its time
  CHECK(run.most_in_flight > 8);
}

TEST_CASE("a cap on the rate in the store is lowered and raised for a run at work") {
  VirtualRun run(options(), answers());
  run.import(20'000);
  run.run(2 * kSecond);
  const auto most_a_second = [&run](double per_second) {
    set_caps(run, {{}, Rate{per_second, kSecond}, {}});
    run.run(2 * kSecond);
    const SteadyTime from = run.now.steady;
    run.run(5 * kSecond);
    std::int64_t most = 0;
    for (const SteadyTime t : run.starts) {
      most = std::max(most, t < from ? 0 : starts_in(run, t, t + kSecond));
    }
    return most;
  };
  CHECK(most_a_second(10) <= 10);
  CHECK(most_a_second(10) >= 9);
  CHECK(most_a_second(50) <= 50);
  CHECK(most_a_second(50) >= 48);
}

TEST_CASE("a cap on concurrency is divided with another worker, and whole again when it leaves") {
  RunOptions o = options();
  o.max_concurrency = 8;
  o.max_concurrency_is_cap = true;
  VirtualRun run(o, answers(Millis(100)));
  run.import(20'000);
  run.run(5 * kSecond);
  CHECK(run.most_in_flight == 8);
  Other other(run);
  CHECK(other.tells({}).permits == 0);  // the run still has them all
  run.run(2 * kSecond);
  CHECK(other.tells({}).permits == 4);
  run.most_in_flight = 0;
  run.run(3 * kSecond);
  CHECK(run.most_in_flight <= 4);
  CHECK(run.most_in_flight >= 3);
  other.leave();
  run.run(40 * kSecond);  // a trial of less may be under way, and takes its time
  CHECK(run.most_in_flight == 8);
}

// --- quota

RunOptions with_quota(std::int64_t count, Quota::Per per = Quota::Per::minute) {
  RunOptions o = options();
  o.quota = Quota{count, per};
  return o;
}

// Two of three keys are asked twice: for a redirect, or as the request was lost.
Served twice_for_most(const std::string& key, int nth) {
  const int k = std::stoi(key) % 3;
  if (nth == 1 && k == 0) {
    HttpRequest next;
    next.url = "http://h/" + key + "/there";
    return {HttpRedirect{next}, Millis(10)};
  }
  if (nth == 1 && k == 1) {
    HttpFailure lost{HttpFailure::Kind::closed, "closed"};
    lost.stale = true;
    return {lost, Millis(1)};
  }
  return answer(key);
}

TEST_CASE("a quota gives exactly so many starts in each window, redirects and resends too") {
  VirtualRun run(with_quota(30),
                 [](const std::string& key, int nth, Moment) { return twice_for_most(key, nth); });
  run.import(60);
  const QuotaWindow first = window_of({30, Quota::Per::minute}, run.now.wall);
  const SteadyTime second = run.now.steady_at(first.end);
  const SteadyTime began = run.now.steady;
  REQUIRE(second - began > 5 * kSecond);
  run.run(5 * kSecond);
  CHECK(run.starts.size() == 30);  // at once, not spread
  CHECK(run.dispatcher().progress(run.now).bound == PaceBound::quota);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 60);
  CHECK(report.requests == 100);
  CHECK(starts_in(run, began, second) == 30);
  CHECK(starts_in(run, second, second + kMinute) == 30);
  CHECK(starts_in(run, second + kMinute, second + 2 * kMinute) == 30);
  CHECK(starts_since(run, second + 2 * kMinute) == 10);
  CHECK(starts_in(run, second, second + 2 * kSecond) == 30);  // as soon as it opens
  CHECK(quota_used(run) == 10);
  CHECK(run.steps < 2'000);
}

TEST_CASE("a quota that is used up ends a run with --max-wait, which says when to come back") {
  RunOptions o = with_quota(30);
  o.max_wait = 5 * kSecond;
  VirtualRun run(o, answers());
  run.import(100);
  const QuotaWindow window = window_of(*o.quota, run.now.wall);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.done == 30);
  CHECK(report.requests == 30);
  CHECK(report.next_due == window.end);
  CHECK(run.totals().leased == 0);
  CHECK(run.totals().ready == 70);
  // The next run in that window has nothing left, one in the next window has all.
  run.restart(o);
  CHECK(run.run().requests == 0);
  run.now.steady += window.end - run.now.wall;
  run.now.wall = window.end;
  run.restart(o);
  CHECK(run.run().requests == 30);
}

TEST_CASE("--max-wait sits out a quota whose window ends soon") {
  RunOptions o = with_quota(30);
  o.max_wait = 2 * kMinute;
  VirtualRun run(o, answers());
  run.import(70);
  CHECK(run.run().done == 70);
}

TEST_CASE("at the end the quota counts the requests that were made, and no more") {
  struct Row {
    const char* what;
    std::optional<Rate> rate;
    std::int64_t limit;
    bool drained;
  };
  const Row rows[] = {{"all is done", {}, 0, false},
                      {"all is done under a rate", Rate{50, kSecond}, 0, false},
                      {"--limit", {}, 17, false},
                      {"told to stop", {}, 0, true},
                      {"told to stop under a rate", Rate{50, kSecond}, 0, true}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    RunOptions o = with_quota(5'000, Quota::Per::day);
    o.rate = row.rate;
    o.limit = row.limit;
    VirtualRun run(
        o, [](const std::string& key, int nth, Moment) { return twice_for_most(key, nth); });
    run.import(300);
    if (row.drained) {
      run.run(Millis(300));
      run.dispatcher().end(RunEnd::interrupted, "told to stop", run.now);
    }
    const RunReport report = run.run();
    CHECK(report.requests > 10);
    CHECK(quota_used(run) == report.requests);
    CHECK(run.totals().leased == 0);
  }
}

TEST_CASE("starts that a busy worker was too late for are not counted by the quota") {
  // Four at once of 300 ms cannot use 50 slots a second.
  RunOptions o = with_quota(5'000, Quota::Per::day);
  o.rate = Rate{50, kSecond};
  o.max_concurrency = 4;
  VirtualRun run(o, answers(Millis(300)));
  run.import(200);
  const RunReport report = run.run();
  CHECK(report.done == 200);
  CHECK(quota_used(run) == 200);
}

// --- the server's wait

TEST_CASE("a wait that another worker was asked for holds this run and is shown") {
  for (const Millis wait : {20 * kSecond, 600 * kSecond}) {
    VirtualRun run(options(), answers(Millis(50)));
    run.import(3'000);
    run.run(2 * kSecond);
    const WallTime until = run.now.wall + wait;
    const SteadyTime over = run.now.steady + wait;
    const SteadyTime told = run.now.steady;
    Other other(run);
    other.tells_wait(until);
    other.leave();
    run.run(wait / 2);
    CHECK(starts_since(run, told + kSecond) == 0);
    const Progress progress = run.dispatcher().progress(run.now);
    CHECK(progress.server_wait_until == until);
    CHECK(progress.bound == PaceBound::server_wait);
    CHECK(run.totals().leased == 0);
    CHECK(run.run().done == 3'000);
    CHECK(starts_in(run, told + kSecond, over) == 0);
    CHECK(starts_in(run, over, over + 2 * kSecond) > 0);
  }
}

TEST_CASE("a later wait in the store takes the place of a shorter one, a past one holds nothing") {
  VirtualRun run(options(), answers());
  run.import(30);
  const SteadyTime began = run.now.steady;
  run.store.put_setting(setting::kWait, std::to_string(to_ms(run.now.wall - kSecond)));
  Other other(run);
  other.tells_wait(run.now.wall + 10 * kSecond);
  run.run(5 * kSecond);
  other.tells_wait(run.now.wall + 100 * kSecond);
  CHECK(run.run().done == 30);
  CHECK(run.starts.front() >= began + 105 * kSecond);
  VirtualRun past(options(), answers());
  past.import(30);
  past.store.put_setting(setting::kWait, std::to_string(to_ms(past.now.wall - kSecond)));
  CHECK(past.run().took < 5 * kSecond);
}

TEST_CASE("a short Retry-After is kept in the store and holds the next run") {
  RunOptions o = options();
  o.max_wait = 5 * kSecond;
  SteadyTime asked{};
  VirtualRun run(o, [&](const std::string& key, int nth, Moment now) -> Served {
    if (key == "40" && nth == 1) {
      asked = now.steady;
      return {response(503, "", {{"Retry-After", "30"}}), Millis(1)};
    }
    return answer(key);
  });
  run.import(300);
  CHECK(run.run().end == RunEnd::later);
  REQUIRE(asked != SteadyTime{});
  CHECK(run.now.steady < asked + 5 * kSecond);
  const std::size_t before = run.starts.size();
  o.max_wait.reset();
  run.restart(o);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(run.totals().done == 300);
  REQUIRE(run.starts.size() > before);
  CHECK(run.starts[before] >= asked + 30 * kSecond);
  CHECK(run.starts[before] <= asked + 33 * kSecond);
}

RunOptions probing() {
  RunOptions o = options();
  o.probe_now = true;
  return o;
}

TEST_CASE("--now asks once before a wait is over, and an answer ends the wait") {
  // Answers that come before and after the next look into the store.
  for (const Millis wait : {90 * kSecond, 600 * kSecond}) {
    for (const Millis latency : {Millis(100), Millis(2'500)}) {
      CAPTURE(wait.count());
      CAPTURE(latency.count());
      VirtualRun run(probing(), answers(latency));
      run.import(50);
      const SteadyTime began = run.now.steady;
      run.store.put_setting(setting::kWait, std::to_string(to_ms(run.now.wall + wait)));
      run.run(latency - Millis(1));
      CHECK(run.starts.size() == 1);
      const RunReport report = run.run();
      CHECK(report.end == RunEnd::finished);
      CHECK(report.done == 50);
      CHECK(run.now.steady - began < 20 * kSecond);
      CHECK(run.store.setting(setting::kWait) == "0");
      REQUIRE(run.notices.size() == 1);
      CHECK(run.notices[0] == "the server answers before the wait it asked for is over");
    }
  }
}

TEST_CASE("--now asks once before a wait is over, and a refusal leaves the wait as it is") {
  const HttpResult refusals[] = {response(429, ""), response(503, "", {{"Retry-After", "5"}}),
                                 response(500, "")};
  for (const Millis wait : {30 * kSecond, 90 * kSecond, 600 * kSecond}) {
    for (const HttpResult& refusal : refusals) {
      CAPTURE(wait.count());
      SteadyTime over{};
      VirtualRun run(probing(), [&](const std::string& key, int, Moment now) -> Served {
        return now.steady < over ? Served{refusal, Millis(100)} : answer(key);
      });
      over = run.now.steady + wait;
      run.import(50);
      const std::string until = std::to_string(to_ms(run.now.wall + wait));
      run.store.put_setting(setting::kWait, until);
      run.run(wait - Millis(10));
      CHECK(run.starts.size() == 1);
      CHECK(run.store.setting(setting::kWait) == until);
      CHECK(run.run().done == 50);
    }
  }
}

TEST_CASE("a wait that a probe has shown to be over holds nothing when another worker tells it") {
  VirtualRun run(probing(), answers(Millis(100)));
  run.import(3'000);
  const SteadyTime began = run.now.steady;
  const WallTime until = run.now.wall + 600 * kSecond;
  run.store.put_setting(setting::kWait, std::to_string(to_ms(until)));
  run.run(2 * kSecond);
  Other other(run);
  other.tells_wait(until);
  CHECK(run.run().done == 3'000);
  CHECK(run.now.steady - began < 60 * kSecond);
}

TEST_CASE("--now and --max-wait: one request, then the run leaves where it was refused") {
  RunOptions o = probing();
  o.max_wait = 5 * kSecond;
  VirtualRun run(o, [](const std::string&, int, Moment) -> Served {
    return {response(429, ""), Millis(100)};
  });
  run.import(50);
  const WallTime until = run.now.wall + 600 * kSecond;
  run.store.put_setting(setting::kWait, std::to_string(to_ms(until)));
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.requests == 1);
  CHECK(report.next_due == until);
  CHECK(run.totals().ready == 50);
}

// --- outages

TEST_CASE("an outage that another worker found is joined amid the run, and no job is charged") {
  bool serves = true;
  VirtualRun run(options(), [&](const std::string& key, int, Moment) -> Served {
    return serves ? answer(key, Millis(50)) : Served{response(500, ""), Millis(5'000)};
  });
  run.import(3'000);
  run.run(2 * kSecond);
  Other other(run);
  serves = false;
  run.run(Millis(100));  // nothing that will be answered is in flight any more
  REQUIRE(other.tells_outage().canary);
  const SteadyTime told = run.now.steady;
  for (int i = 0; i < 30; ++i) {
    run.run(kSecond);
    other.tells_outage();  // a canary that is not heard of is followed by another
  }
  CHECK(starts_since(run, told + kSecond) == 0);
  CHECK(run.dispatcher().progress(run.now).no_answer_since.has_value());
  CHECK(run.totals().leased == 0);
  serves = true;
  other.tells_answer();
  CHECK(run.run().done == 3'000);
  int charged = 0;
  const auto reader = run.store.reader();
  for (const auto& [key, times] : run.asked) {
    charged += reader->find_job(key)->job.attempts > 1 ? 1 : 0;
  }
  CHECK(charged == 0);
}

TEST_CASE("a worker that leaves a joined outage does not tell the others of a new one") {
  VirtualRun run(options(), answers(Millis(800)));
  run.import(100);
  Other other(run);
  REQUIRE(other.tells_outage().canary);
  run.run(10 * kSecond);
  REQUIRE(run.dispatcher().progress(run.now).no_answer_since.has_value());
  REQUIRE_FALSE(other.tells_answer().outage_since.has_value());
  for (int i = 0; i < 15; ++i) {
    run.run(Millis(100));
    CHECK_FALSE(other.tells({}).outage_since.has_value());
  }
  CHECK_FALSE(run.dispatcher().progress(run.now).no_answer_since.has_value());
  CHECK(run.starts.size() >= 2);  // not one probe
}

TEST_CASE("while another worker is the canary this one starts nothing, and goes on after it") {
  VirtualRun run(options(), answers(Millis(50)));
  run.import(500);
  Other other(run);
  REQUIRE(other.tells_outage().canary);
  for (int i = 0; i < 60; ++i) {
    run.run(kSecond);
    CHECK(other.tells_outage().canary);
  }
  CHECK(run.starts.empty());
  CHECK(run.dispatcher().progress(run.now).no_answer_since.has_value());
  CHECK(run.dispatcher().progress(run.now).bound == PaceBound::outage);
  CHECK(run.totals().leased == 0);
  CHECK_FALSE(other.tells_answer().outage_since.has_value());
  const SteadyTime answered = run.now.steady;
  run.run(Millis(1'100));
  CHECK_FALSE(run.dispatcher().progress(run.now).no_answer_since.has_value());
  CHECK_FALSE(other.tells({}).outage_since.has_value());
  CHECK(starts_since(run, answered) > 0);
  CHECK(run.run().done == 500);
  REQUIRE(run.notices.size() == 2);
  CHECK(run.notices[0].find("no answer but refusals and errors since") == 0);
  CHECK(run.notices[1].find("the server answers again") == 0);
}

TEST_CASE("a canary whose worker ended is taken over") {
  for (const bool died : {true, false}) {
    bool serves = false;
    VirtualRun run(options(), [&](const std::string& key, int, Moment) -> Served {
      return serves ? answer(key) : Served{response(503, ""), Millis(5)};
    });
    run.import(500);
    Other other(run);
    REQUIRE(other.tells_outage().canary);
    run.run(10 * kSecond);
    CHECK(run.starts.empty());
    died ? other.die() : other.leave();
    if (died) {
      (void)run.store.recover_dead_workers(run.now.wall);
    }
    const SteadyTime gone = run.now.steady;
    run.run(30 * kSecond);
    CHECK(starts_in(run, gone, gone + 6 * kSecond) > 0);
    CHECK(run.starts.size() < 20);  // probes, no more
    serves = true;
    const RunReport report = run.run();
    CHECK(report.end == RunEnd::finished);
    CHECK(report.done == 500);
    CHECK(report.took < 80 * kSecond);
  }
}

TEST_CASE("an outage that this run finds makes it the canary, and its answer frees the others") {
  const SteadyTime never = SteadyTime::max();
  SteadyTime back = never;
  VirtualRun run(options(), [&](const std::string& key, int, Moment now) -> Served {
    return now.steady >= back
               ? answer(key)
               : Served{HttpFailure{HttpFailure::Kind::connect, "refused"}, Millis(1)};
  });
  run.import(500);
  Other other(run);
  run.run(20 * kSecond);
  const FleetView down = other.tells({});
  CHECK(down.outage_since.has_value());
  CHECK_FALSE(down.canary);
  back = run.now.steady;
  run.run(10 * kSecond);
  CHECK_FALSE(other.tells({}).outage_since.has_value());
  const RunReport report = run.run();
  CHECK(report.done == 500);
}

TEST_CASE("--now: a short wait too is over when the probe is answered") {
  for (const Millis latency : {Millis(100), Millis(2'500)}) {
    CAPTURE(latency.count());
    VirtualRun run(probing(), answers(latency));
    run.import(50);
    const SteadyTime began = run.now.steady;
    run.store.put_setting(setting::kWait, std::to_string(to_ms(run.now.wall + 30 * kSecond)));
    const RunReport report = run.run();
    CHECK(report.done == 50);
    CHECK(run.now.steady - began < 20 * kSecond);  // 30.5 s, 43.5 s at 03663fd
  }
}

TEST_CASE("--now is of the run's start: a wait that comes later is kept to") {
  VirtualRun run(probing(), answers(Millis(100)));
  run.import(2'000);
  run.run(2 * kSecond);
  Other other(run);
  const SteadyTime told = run.now.steady;
  other.tells_wait(run.now.wall + 600 * kSecond);
  run.run(500 * kSecond);
  CHECK(starts_since(run, told + kSecond + Millis(100)) == 0);
}

TEST_CASE("--now: one probe that was not let in is no dead network") {
  SteadyTime over{};
  VirtualRun run(probing(), [&](const std::string& key, int, Moment now) -> Served {
    return now.steady < over
               ? Served{HttpFailure{HttpFailure::Kind::connect, "connection refused"}, Millis(100)}
               : answer(key);
  });
  over = run.now.steady + 90 * kSecond;
  run.import(50);
  run.store.put_setting(setting::kWait, std::to_string(to_ms(run.now.wall + 90 * kSecond)));
  CHECK(run.run().end == RunEnd::finished);  // systemic after 60 s: "no answer at all came"
}

TEST_CASE("an outage that others were answered in is over for its canary too") {
  VirtualRun run(options(), [&](const std::string&, int, Moment) -> Served {
    return {HttpFailure{HttpFailure::Kind::connect, "refused"}, Millis(1)};
  });
  run.import(500);
  Other other(run);
  run.run(10 * kSecond);
  REQUIRE(other.tells({}).outage_since.has_value());
  REQUIRE_FALSE(other.tells_answer().outage_since.has_value());
  run.run(kSecond + Millis(50));
  // It begins anew with the canary's next exchange, so the one that is answered stops every second.
  CHECK_FALSE(other.tells({}).outage_since.has_value());
}

}  // namespace
}  // namespace dogged
