// SPDX-License-Identifier: MIT
#include "engine/shortage_limit.h"

#include "engine/dispatcher.h"
#include "engine/settle.h"
#include "tests/fakes/scripted_http.h"
#include "tests/unit/engine/virtual_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace dogged {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};

TEST_CASE("no more than the others in flight are tried again") {
  ShortageLimit limit;
  CHECK(limit.bounded(64) == 64);
  limit.on_shortage(30, kStart);
  CHECK(limit.bounded(64) == 30);
  CHECK(limit.bounded(8) == 8);
  limit.on_shortage(40, kStart);  // one that was tried before
  CHECK(limit.bounded(64) == 30);
  CHECK_FALSE(limit.hold_until().has_value());
}

TEST_CASE("after a minute without a failure twice as many are tried, up to where it failed") {
  ShortageLimit limit;
  for (int others = 49; others >= 10; --others) {
    limit.on_shortage(others, kStart);  // forty of fifty fail together
  }
  CHECK_FALSE(limit.eases(kStart + seconds(59)));
  CHECK(limit.eases(kStart + seconds(60)));
  CHECK(limit.bounded(1'000) == 20);
  CHECK_FALSE(limit.eases(kStart + seconds(61)));
  CHECK(limit.eases(kStart + seconds(120)));
  CHECK(limit.bounded(1'000) == 40);
  CHECK(limit.eases(kStart + seconds(180)));
  CHECK(limit.bounded(1'000) == 44);
  CHECK(limit.eases(kStart + seconds(240)));
  CHECK(limit.bounded(1'000) == 48);
  CHECK(limit.eases(kStart + seconds(300)));
  CHECK(limit.bounded(1'000) == 52);
  // Fifty do not fail any more.
  CHECK(limit.eases(kStart + seconds(360)));
  CHECK(limit.bounded(1'000) == 104);
}

TEST_CASE("a step that fails is tried again by a tenth, after twice the time, up to half an hour") {
  ShortageLimit limit;
  SteadyTime now = kStart;
  limit.on_shortage(40, now);
  for (const int pause : {1, 2, 4, 8, 16, 30, 30}) {
    now += minutes(pause);
    CHECK_FALSE(limit.eases(now - seconds(1)));
    CHECK(limit.eases(now));
    CHECK(limit.bounded(1'000) == 44);
    for (int others = 43; others >= 40; --others) {
      limit.on_shortage(others, now);
    }
    CHECK(limit.bounded(1'000) == 40);
  }
  // Each step that does not fail halves it again.
  for (const int pause : {30, 30, 15, 8, 4}) {
    now += minutes(pause);
    CHECK(limit.eases(now));
  }
  CHECK(limit.bounded(1'000) > 60);
}

TEST_CASE("an answer without memory lowers the number, and holds nothing back") {
  ShortageLimit limit;
  limit.on_made();
  limit.on_lost_answer(12, kStart);
  CHECK(limit.bounded(64) == 12);
  limit.on_lost_answer(0, kStart);
  CHECK(limit.bounded(64) == 1);
  CHECK_FALSE(limit.hold_until().has_value());
  CHECK_FALSE(limit.none_since().has_value());
  CHECK_FALSE(limit.is_hopeless(kStart + hours(1)));
}

TEST_CASE("once one was made it waits longer and longer, and only after minutes it is hopeless") {
  ShortageLimit limit;
  limit.on_made();
  SteadyTime now = kStart;
  for (const int hold : {1, 2, 4, 8, 16, 32, 60, 60, 60, 60}) {
    CAPTURE(hold);
    limit.on_shortage(0, now);
    CHECK(limit.hold_until() == now + seconds(hold));
    CHECK_FALSE(limit.is_hopeless(now));
    CHECK(limit.none_since() == kStart);
    now += seconds(hold);
    limit.eases(now);
    CHECK_FALSE(limit.hold_until().has_value());
  }
  CHECK(limit.is_stuck());
  ShortageLimit again = limit;
  limit.on_shortage(0, now);
  CHECK(limit.is_hopeless(now));
  // One that is made in between is a new beginning.
  again.on_made();
  CHECK_FALSE(again.is_stuck());
  again.on_shortage(0, now);
  CHECK(again.hold_until() == now + seconds(1));
  CHECK_FALSE(again.is_hopeless(now));
}

TEST_CASE("few tries are no proof, however long they took") {
  ShortageLimit limit;
  limit.on_made();
  for (int i = 0; i < 9; ++i) {
    limit.on_shortage(0, kStart + i * hours(1));
    CHECK_FALSE(limit.is_hopeless(kStart + i * hours(1)));
  }
}

TEST_CASE("where none was ever made it waits a second, and after ten it is hopeless") {
  ShortageLimit limit;
  SteadyTime now = kStart;
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(limit.is_hopeless(now));
    limit.on_shortage(0, now);
    CHECK(limit.hold_until() == now + seconds(1));
    CHECK(limit.bounded(64) == 1);
    now += seconds(1);
    CHECK_FALSE(limit.eases(now));
    CHECK_FALSE(limit.hold_until().has_value());
  }
  CHECK(limit.is_hopeless(now));
  limit.on_made();
  CHECK_FALSE(limit.is_hopeless(now));
}

// A machine that has means for `most` requests at once, from the server's side.
VirtualRun::Server machine_for(std::size_t most) {
  auto ends = std::make_shared<std::vector<SteadyTime>>();
  return [most, ends](const std::string& key, int, Moment now) -> Served {
    std::erase_if(*ends, [&](SteadyTime t) { return t <= now.steady; });
    if (ends->size() >= most) {
      return {HttpFailure{HttpFailure::Kind::shortage, "Too many open files"}, Millis(0)};
    }
    ends->push_back(now.steady + Millis(50));
    return {json_answer("{\"id\":" + key + "}"), Millis(50)};
  };
}

RunOptions options() {
  RunOptions o;
  o.seed = 42;
  return o;
}

TEST_CASE("a machine with means for ten at once does all, ten at once, and says it once") {
  VirtualRun run(options(), machine_for(10));
  run.import(600);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 600);
  CHECK(report.requests == 600);
  CHECK(report.retries + report.refusals == 0);
  CHECK(run.totals().done == 600);
  CHECK(std::ranges::count_if(run.notices, [](const std::string& notice) {
          return notice.find("no means for so many requests at once (Too many open files)") !=
                 std::string::npos;
        }) == 1);
  CHECK(run.notices.size() == 1);  // no outage was seen
  // Found in one fall, and tried again once a minute.
  CHECK(run.starts.size() < 600 + 64);
}

TEST_CASE("a machine that lets no request be made ends the run, and every job is as it was") {
  VirtualRun run(options(), machine_for(0));
  run.import(100);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("lets no request be made: Too many open files") != std::string::npos);
  CHECK(report.took >= seconds(9));
  CHECK(run.totals().ready == 100);
  CHECK(report.requests == 0);
  CHECK(run.steps < 200);  // nothing spins
}

// One that lets nothing be made from `from` to `to`, and after that all.
VirtualRun::Server machine_without(Millis from, Millis to) {
  auto began = std::make_shared<std::optional<SteadyTime>>();
  return [from, to, began](const std::string& key, int, Moment now) -> Served {
    const auto since = now.steady - began->value_or(now.steady);
    *began = began->value_or(now.steady);
    if (since >= from && since < to) {
      return {HttpFailure{HttpFailure::Kind::shortage, "Cannot allocate memory"}, Millis(0)};
    }
    return {json_answer("{\"id\":" + key + "}"), Millis(50)};
  };
}

std::ptrdiff_t told(const VirtualRun& run, std::string_view what) {
  return std::ranges::count_if(run.notices, [&](const std::string& notice) {
    return notice.find(what) != std::string::npos;
  });
}

TEST_CASE("a run waits for minutes until the machine lets requests be made again") {
  for (const int most : {1, 64}) {
    CAPTURE(most);
    RunOptions o = options();
    o.max_concurrency = most;
    VirtualRun run(o, machine_without(Millis(200), minutes(4)));
    run.import(600);
    const RunReport report = run.run();
    CHECK(report.end == RunEnd::finished);
    CHECK(report.done == 600);
    CHECK(report.retries + report.refusals == 0);
    CHECK(run.asked.size() == 600);
    CHECK(run.starts.size() < 600 + 64 + 20);
    CHECK(told(run, "lets no request be made for now (Cannot allocate memory)") == 1);
    CHECK(told(run, "no means for so many") <= 1);
    CHECK(run.steps < 20'000);
  }
}

TEST_CASE("a machine that never comes back ends the run, after minutes") {
  VirtualRun run(options(), machine_without(Millis(200), hours(1'000)));
  run.import(600);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("lets no request be made: Cannot allocate memory") != std::string::npos);
  CHECK(report.took >= minutes(5));
  CHECK(report.took <= minutes(8));
  CHECK(run.totals().ready + report.done == 600);
  CHECK(run.totals().leased == 0);
}

TEST_CASE("while no request can be made --max-wait, --max-time and Ctrl-C end the run") {
  RunOptions o = options();
  o.max_wait = seconds(20);
  VirtualRun waits(o, machine_without(Millis(200), hours(1'000)));
  waits.import(600);
  RunReport report = waits.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.reason ==
        "this machine lets no request be made (Cannot allocate memory), for longer than "
        "--max-wait");
  CHECK(report.took <= seconds(20));

  o = options();
  o.max_time = seconds(100);
  VirtualRun takes_time(o, machine_without(Millis(200), hours(1'000)));
  takes_time.import(600);
  report = takes_time.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.took >= seconds(100));
  CHECK(report.took < seconds(101));

  VirtualRun told_to_stop(options(), machine_without(Millis(200), hours(1'000)));
  told_to_stop.import(600);
  const SteadyTime stop_at = told_to_stop.now.steady + seconds(100);
  told_to_stop.run(seconds(100));
  told_to_stop.before_step = [](Dispatcher& dispatcher, Moment now) {
    dispatcher.end(RunEnd::interrupted, "told to stop", now);
  };
  report = told_to_stop.run();
  CHECK(report.end == RunEnd::interrupted);
  // It wakes for the fleet every second; a signal wakes it at once.
  CHECK(told_to_stop.now.steady <= stop_at + seconds(2));
  CHECK(told_to_stop.totals().leased == 0);
}

TEST_CASE("a limit that stays costs few vain tries, and none of them is of the quota") {
  RunOptions o = options();
  o.max_concurrency = 256;
  o.quota = Quota{3'000, Quota::Per::day};
  VirtualRun run(o, machine_for(40));
  run.import(3'000);
  const RunReport report = run.run(hours(24));
  CHECK(report.done == 3'000);
  CHECK(run.starts.size() > 3'000);  // some were vain, and yet
  CHECK(report.took < minutes(30));  // all were had out of one day's quota
}

TEST_CASE("in a day at a limit that stays only a few hundred are tried in vain") {
  RunOptions o = options();
  o.max_concurrency = 256;
  auto vain = std::make_shared<int>(0);
  auto ends = std::make_shared<std::vector<SteadyTime>>();
  VirtualRun run(o, [vain, ends](const std::string& key, int, Moment now) -> Served {
    std::erase_if(*ends, [&](SteadyTime t) { return t <= now.steady; });
    if (ends->size() >= 40) {
      ++*vain;
      return {HttpFailure{HttpFailure::Kind::shortage, "Too many open files"}, Millis(0)};
    }
    ends->push_back(now.steady + seconds(60));
    return {json_answer("{\"id\":" + key + "}"), seconds(60)};
  });
  run.import(100'000);
  const RunReport report = run.run(hours(24));
  CHECK(report.done > 40'000);
  CHECK(*vain > 0);
  CHECK(*vain < 600);
}

TEST_CASE("an answer that there is no memory for is charged, so that it ends") {
  EndedAttempt ended;
  ended.job.id = 1;
  ended.job.attempts = 7;
  ended.sent = true;
  ended.verdict.shortage = true;
  ended.verdict.outcome = Outcome::retry;
  ended.verdict.error = "out of memory for the answer";
  const Settlement s = settlement_of(ended, RetryPolicy(), 0.5, WallTime(Millis(1)));
  CHECK(s.to == JobState::failed);
  CHECK(s.attempts_added == 1);
  CHECK(s.attempt.has_value());
  CHECK(s.error == "out of memory for the answer; given up after 8 attempts");
}

}  // namespace
}  // namespace dogged
