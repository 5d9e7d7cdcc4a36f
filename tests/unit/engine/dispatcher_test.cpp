// SPDX-License-Identifier: MIT
#include "engine/dispatcher.h"

#include "tests/fakes/scripted_http.h"
#include "tests/unit/engine/virtual_run.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace dogged {
namespace {

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

TEST_CASE("a run of plain answers ends when all is settled, each job asked once") {
  VirtualRun run(options(), answers());
  run.import(500);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 500);
  CHECK(report.requests == 500);
  CHECK(report.left.ready == 0);
  CHECK(run.totals().done == 500);
  CHECK(run.asked.size() == 500);
  CHECK(run.longest_uncommitted <= Millis(50));
}

TEST_CASE("an empty store ends at once") {
  VirtualRun run(options(), answers());
  CHECK(run.run().end == RunEnd::finished);
  CHECK(run.steps <= 3);
}

TEST_CASE("a bad server costs retries, not jobs: random failures all settle") {
  VirtualRun run(options(), [](const std::string& key, int nth, Moment) -> Served {
    const std::size_t roll = std::hash<std::string>{}(key + "/" + std::to_string(nth)) % 10;
    if (roll < 2) {
      return {response(503, ""), Millis(1)};
    }
    if (roll == 2) {
      return {response(500, ""), Millis(10)};
    }
    if (roll == 3) {
      return {HttpFailure{HttpFailure::Kind::timed_out, "timed out"}, Millis(900)};
    }
    return answer(key, Millis(30));
  });
  run.import(2'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 2'000);
  CHECK(report.refusals > 100);
  CHECK(report.retries > 100);
  CHECK(report.requests == report.done + report.refusals + report.retries);
  CHECK(run.totals().done == 2'000);
  CHECK(run.longest_uncommitted <= Millis(50));
}

TEST_CASE("a request lost with a kept connection is sent once more, paced and at no cost") {
  RunOptions o = options();
  o.rate = Rate{10, std::chrono::seconds(1)};
  VirtualRun run(o, [](const std::string& key, int nth, Moment) -> Served {
    HttpFailure lost{HttpFailure::Kind::closed, "closed"};
    lost.stale = true;
    return nth == 1 ? Served{lost, Millis(1)} : answer(key);
  });
  run.import(50);
  const RunReport report = run.run();
  CHECK(report.done == 50);
  CHECK(report.requests == 100);
  CHECK(report.retries == 0);
  const auto reader = run.store.reader();
  CHECK(reader->find_job("1")->job.attempts == 1);
  for (std::size_t i = 10; i < run.starts.size(); ++i) {
    CHECK(run.starts[i] - run.starts[i - 10] >= std::chrono::seconds(1));
  }
}

TEST_CASE("a request lost twice with a kept connection is trouble as any other") {
  VirtualRun run(options(), [](const std::string& key, int nth, Moment) -> Served {
    HttpFailure lost{HttpFailure::Kind::closed, "closed"};
    lost.stale = true;
    return nth <= 2 ? Served{lost, Millis(1)} : answer(key);
  });
  run.import(1);
  const RunReport report = run.run();
  CHECK(report.done == 1);
  CHECK(report.requests == 3);
  CHECK(report.retries == 1);
}

// A server that sends each job on from URL to URL, `hops` times, before it answers.
VirtualRun::Server redirects(int hops) {
  return [hops](const std::string& key, int nth, Moment) -> Served {
    const int asked = (nth - 1) % (hops + 1);
    if (asked == hops) {
      return answer(key);
    }
    HttpRequest next;
    next.url = "http://h/" + key + "/" + std::to_string(asked + 1);
    return {HttpRedirect{next}, Millis(10)};
  };
}

TEST_CASE("each request of a redirected job is started by the pacer, and only one attempt counts") {
  RunOptions o = options();
  o.rate = Rate{10, std::chrono::seconds(1)};
  VirtualRun run(o, redirects(2));
  run.import(20);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 20);
  CHECK(report.requests == 60);
  CHECK(report.retries == 0);
  CHECK(run.store.reader()->find_job("1")->job.attempts == 1);
  REQUIRE(run.starts.size() == 60);
  for (std::size_t i = 10; i < run.starts.size(); ++i) {
    CHECK(run.starts[i] - run.starts[i - 10] >= std::chrono::seconds(1));
  }
}

TEST_CASE("where a redirect leads is what is asked next, once more where it was lost") {
  VirtualRun run(options(), [](const std::string& key, int nth, Moment) -> Served {
    if (nth == 1) {
      HttpRequest next;
      next.url = "http://h/there";
      return {HttpRedirect{next}, Millis(10)};
    }
    HttpFailure lost{HttpFailure::Kind::closed, "closed"};
    lost.stale = true;
    return nth == 2 ? Served{lost, Millis(1)} : answer(key);
  });
  run.import(1);
  CHECK(run.run().done == 1);
  CHECK(run.urls == std::vector<std::string>{"", "http://h/there", "http://h/there"});
}

TEST_CASE("a redirect is followed under a rate so slow that leases go back meanwhile") {
  RunOptions o = options();
  o.rate = Rate{1, Millis(60'000)};
  VirtualRun run(o, redirects(3));
  run.import(3);
  const RunReport report = run.run(std::chrono::hours(1));
  CHECK(report.done == 3);
  CHECK(report.requests == 12);
}

TEST_CASE("told to stop amid redirects, the job is given back as it was") {
  VirtualRun* running = nullptr;
  VirtualRun run(options(), [&](const std::string& key, int nth, Moment now) {
    running->dispatcher().end(RunEnd::interrupted, "told to stop", now);
    return redirects(5)(key, nth, now);
  });
  running = &run;
  run.import(1);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::interrupted);
  CHECK(report.requests == 1);
  CHECK(run.totals().ready == 1);
  CHECK(run.store.reader()->find_job("1")->job.attempts == 0);
}

TEST_CASE("a busy run does not lease more than it starts soon") {
  VirtualRun run(options(), answers(Millis(100)));
  run.import(3'000);
  run.run();
  CHECK(run.most_leased <= 64 + 64 + 150);
  CHECK(run.most_in_flight <= 64);
}

TEST_CASE("under a slow rate few jobs are leased and nothing spins") {
  RunOptions o = options();
  o.rate = Rate{60, Millis(60'000)};
  VirtualRun run(o, answers());
  run.import(120);
  const RunReport report = run.run();
  CHECK(report.done == 120);
  CHECK(run.most_leased <= 5);
  CHECK(run.steps < 120 * 8);
  CHECK(report.took >= Millis(119'000));
  CHECK(report.took <= Millis(122'000));
}

TEST_CASE("waiting for slow answers costs no steps") {
  VirtualRun run(options(), answers(Millis(60'000)));
  run.import(4);
  run.run();
  CHECK(run.steps < 60 + 2 * 60);  // what workers share is asked for once a second
}

TEST_CASE("a failed job is asked until its attempts are used up") {
  VirtualRun run(options(), [](const std::string& key, int, Moment) -> Served {
    return key == "7" ? Served{response(500, ""), Millis(5)} : answer(key);
  });
  run.import(30);
  const RunReport report = run.run();
  CHECK(report.done == 29);
  CHECK(report.failed == 1);
  CHECK(run.asked["7"] == 8);
}

TEST_CASE("refusals without end use up no attempt") {
  VirtualRun run(options(), [](const std::string& key, int nth, Moment) -> Served {
    return nth <= 40 ? Served{response(429, ""), Millis(1)} : answer(key);
  });
  run.import(3);
  const RunReport report = run.run();
  CHECK(report.done == 3);
  CHECK(report.refusals == 120);
}

TEST_CASE("a wrong key gives all jobs back with one message") {
  VirtualRun run(options(), [](const std::string&, int, Moment) -> Served {
    return {response(401, "{}"), Millis(10)};
  });
  run.import(1'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("HTTP 401 Unauthorized") != std::string::npos);
  CHECK(run.totals().ready == 1'000);
  CHECK(run.totals().failed == 0);
  CHECK(run.asked.size() <= 20 + 64);
}

TEST_CASE("a key that expires in the middle burns no job") {
  VirtualRun run(options(), [](const std::string& key, int, Moment) -> Served {
    return std::stoi(key) <= 300 ? answer(key) : Served{response(403, "{}"), Millis(10)};
  });
  run.import(1'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(run.totals().done == 300);
  CHECK(run.totals().ready == 700);
}

TEST_CASE("a wrong path, a login page and one body for all stop the run") {
  const HttpResult all[] = {response(404, "{}"), response(200, "<html>"), json_answer("{}"),
                            response(400, "{}"), response(302, "")};
  for (const HttpResult& result : all) {
    VirtualRun run(options(), [&](const std::string&, int, Moment) -> Served {
      return {result, Millis(10)};
    });
    run.import(300);
    CHECK(run.run().end == RunEnd::systemic);
    CHECK(run.totals().ready == 300);
    CHECK(run.asked.size() <= 20 + 64);
  }
}

TEST_CASE("with fewer than twenty jobs the same settles as it was judged") {
  VirtualRun denied(options(), [](const std::string&, int, Moment) -> Served {
    return {response(401, "{}"), Millis(10)};
  });
  denied.import(19);
  CHECK(denied.run().end == RunEnd::finished);
  CHECK(denied.totals().failed == 19);
  VirtualRun absent(options(), [](const std::string&, int, Moment) -> Served {
    return {response(404, "{}"), Millis(10)};
  });
  absent.import(19);
  CHECK(absent.run().end == RunEnd::finished);
  CHECK(absent.totals().not_found == 19);
}

TEST_CASE("trusted answers settle whatever they are") {
  RunOptions o = options();
  o.trust_answers = true;
  VirtualRun run(o, [](const std::string&, int, Moment) -> Served {
    return {response(404, "{}"), Millis(10)};
  });
  run.import(300);
  CHECK(run.run().end == RunEnd::finished);
  CHECK(run.totals().not_found == 300);
}

TEST_CASE("a dead network stops the run after a minute and charges nobody") {
  VirtualRun run(options(), [](const std::string&, int, Moment) -> Served {
    return {HttpFailure{HttpFailure::Kind::connect, "connection refused"}, Millis(1)};
  });
  run.import(1'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("connection refused") != std::string::npos);
  CHECK(report.took >= Millis(60'000));
  CHECK(report.took < Millis(62'000));
  CHECK(run.starts.size() < 100);
  CHECK(run.totals().ready == 1'000);
  CHECK(run.most_leased <= 40);
}

TEST_CASE("a network that comes up within the minute costs one attempt each") {
  VirtualRun run(options(), [](const std::string& key, int, Moment now) -> Served {
    if (now.steady < SteadyTime(std::chrono::hours(1)) + Millis(30'000)) {
      return {HttpFailure{HttpFailure::Kind::resolve, "no address"}, Millis(1)};
    }
    return answer(key);
  });
  run.import(100);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 100);
}

// Answers, but none from `from` to `to` after the start.
VirtualRun::Server outage(Millis from, Millis to) {
  return [=](const std::string& key, int, Moment now) -> Served {
    const auto t = now.steady - SteadyTime(std::chrono::hours(1));
    if (t >= from && t < to) {
      return {HttpFailure{HttpFailure::Kind::connect, "connection refused"}, Millis(1)};
    }
    return answer(key, Millis(100));
  };
}

TEST_CASE("an outage amid the run is sat out: few tries, no job charged, two notices") {
  VirtualRun run(options(), outage(Millis(1'000), Millis(301'000)));
  run.import(2'000);
  std::optional<WallTime> shown;
  run.before_step = [&](Dispatcher& d, Moment now) {
    const auto since = d.progress(now).no_answer_since;
    shown = since ? since : shown;
  };
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 2'000);
  CHECK(run.starts.size() < 2'000 + 200);
  CHECK(run.most_leased < 300);
  CHECK(shown.has_value());
  REQUIRE(run.notices.size() == 2);
  CHECK(run.notices[0].find("no answer but refusals and errors since") == 0);
  CHECK(run.notices[0].find("check the URL") == std::string::npos);
  CHECK(run.notices[1].find("the server answers again") == 0);
  int charged = 0;
  const auto reader = run.store.reader();
  for (const auto& [key, times] : run.asked) {
    charged += reader->find_job(key)->job.attempts > 1 ? 1 : 0;
  }
  CHECK(charged == 0);
}

TEST_CASE("where no answer ever came the notice says what to check, and when the run ends") {
  VirtualRun run(options(), outage(Millis(0), std::chrono::hours(10)));
  run.import(100);
  CHECK(run.run().end == RunEnd::systemic);
  REQUIRE(run.notices.size() == 1);
  CHECK(run.notices[0].find("check the URL and the network; the run ends at ") !=
        std::string::npos);
}

TEST_CASE("a long outage is asked once a minute, one job at a time") {
  VirtualRun run(options(), outage(Millis(2'000), std::chrono::hours(10)));
  run.import(5'000);
  CHECK(run.run(std::chrono::hours(9)).failed == 0);
  const SteadyTime late = SteadyTime(std::chrono::hours(2));
  const auto tries =
      std::count_if(run.starts.begin(), run.starts.end(), [&](SteadyTime t) { return t >= late; });
  CHECK(tries > 400);
  CHECK(tries <= 720);  // half to all of a minute apart
}

TEST_CASE("--max-wait and --max-time end a run in an outage, and nothing is charged") {
  for (const bool by_wait : {true, false}) {
    RunOptions o = options();
    (by_wait ? o.max_wait : o.max_time) = Millis(30'000);
    VirtualRun run(o, outage(Millis(2'000), std::chrono::hours(10)));
    run.import(5'000);
    const RunReport report = run.run();
    CHECK(report.end == RunEnd::later);
    CHECK(report.took < Millis(35'000));
    CHECK(report.failed == 0);
    CHECK(run.totals().ready == 5'000 - report.done);
  }
}

TEST_CASE("a key that expires at the last jobs fails none of them") {
  VirtualRun run(options(), [](const std::string& key, int, Moment) -> Served {
    return std::stoi(key) <= 190 ? answer(key) : Served{response(403, "{}"), Millis(10)};
  });
  run.import(200);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("to 10 jobs in a row") != std::string::npos);
  CHECK(run.totals().done == 190);
  CHECK(run.totals().ready == 10);
}

TEST_CASE("--max-errors reached while draining is looked at") {
  RunOptions o = options();
  o.max_errors = 1;
  VirtualRun run(o, [](const std::string& key, int, Moment) -> Served {
    return key == "40" ? Served{response(400, "{}"), Millis(500)} : answer(key);
  });
  run.import(100);
  run.before_step = [&](Dispatcher& d, Moment now) {
    if (run.asked["40"] > 0 && !d.ending()) {
      d.end(RunEnd::interrupted, "told to stop", now);
    }
  };
  CHECK(run.run().end == RunEnd::systemic);
}

TEST_CASE("a job that is refused for ever, while others are answered, has its own fault") {
  VirtualRun run(options(), [](const std::string& key, int, Moment) -> Served {
    return key == "40" ? Served{response(503, ""), Millis(1)} : answer(key, Millis(200));
  });
  run.import(20'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 19'999);
  CHECK(report.failed == 1);
  CHECK(run.asked["40"] == 19 + options().retry.max_attempts);
  CHECK(run.store.reader()->find_job("40")->job.error.find("while others were answered") !=
        std::string::npos);
}

TEST_CASE("--leave keeps to its share of a quota that answers announce") {
  RunOptions o = options();
  o.leave = 0.5;
  const SteadyTime begin{std::chrono::hours(1)};
  std::map<std::int64_t, int> used;  // by window of a minute
  VirtualRun run(o, [&](const std::string& key, int, Moment now) -> Served {
    const auto at = std::chrono::duration_cast<Millis>(now.steady - begin).count();
    const int left = 100 - ++used[at / 60'000];
    Served served = answer(key);
    std::get<HttpResponse>(served.result).headers = {
        {"RateLimit-Limit", "100"},
        {"RateLimit-Remaining", std::to_string(left)},
        {"RateLimit-Reset", std::to_string(60 - at % 60'000 / 1'000)}};
    return served;
  });
  run.import(180);
  CHECK(run.run().done == 180);
  for (const auto& window : used) {
    CHECK(window.second <= 50 + 4);  // those in flight when the last one of the share came
  }
  CHECK(used.size() <= 5);
}

TEST_CASE("a drain starts nothing more, waits for what is in flight and gives the rest back") {
  VirtualRun run(options(), answers(Millis(500)));
  run.import(1'000);
  run.before_step = [&](Dispatcher& d, Moment now) {
    if (now.steady >= SteadyTime(std::chrono::hours(1)) + Millis(2'200) && !d.ending()) {
      d.end(RunEnd::interrupted, "told to stop", now);
    }
  };
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::interrupted);
  CHECK_FALSE(run.aborted);
  CHECK(report.done == static_cast<std::int64_t>(run.starts.size()));
  CHECK(report.took < Millis(2'800));
  const QueueOutlook left = run.totals();
  CHECK(left.leased == 0);
  CHECK(left.done == report.done);
  CHECK(left.ready == 1'000 - report.done);
}

TEST_CASE("when the grace is over what is in flight is interrupted and given back") {
  VirtualRun run(options(), [](const std::string& key, int, Moment) {
    return answer(key, std::stoi(key) <= 2 ? Millis(100) : Millis(3'600'000));
  });
  run.import(50);
  run.run(Millis(1'000));
  run.dispatcher().end(RunEnd::interrupted, "told to stop", run.now);
  const RunReport report = run.run();
  CHECK(run.aborted);
  CHECK(report.end == RunEnd::interrupted);
  CHECK(report.took >= Millis(11'000));
  CHECK(report.took <= Millis(11'100));
  CHECK(run.totals().done == 2);
  CHECK(run.totals().ready == 48);
}

TEST_CASE("a drain that finds all done says so") {
  VirtualRun run(options(), answers(Millis(500)));
  run.import(3);
  run.before_step = [&](Dispatcher& d, Moment now) {
    if (d.in_flight() == 3 && !d.ending()) {
      d.end(RunEnd::interrupted, "told to stop", now);
    }
  };
  CHECK(run.run().end == RunEnd::finished);
}

TEST_CASE("--limit settles exactly that many, failed and retried ones too") {
  RunOptions o = options();
  o.limit = 37;
  VirtualRun run(o, [](const std::string& key, int nth, Moment) -> Served {
    if (std::stoi(key) % 5 == 0 && nth == 1) {
      return {response(500, ""), Millis(3)};
    }
    return std::stoi(key) % 7 == 0 ? Served{response(404, "{}"), Millis(10)} : answer(key);
  });
  run.import(200);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.reason.find("--limit") != std::string::npos);
  CHECK(report.done + report.not_found + report.failed == 37);
  CHECK(run.totals().ready == 163);
  CHECK_FALSE(report.next_due.has_value());
}

TEST_CASE("--limit below the length of a systemic row ends with the row's fault") {
  RunOptions o = options();
  o.limit = 5;
  VirtualRun run(o, [](const std::string&, int, Moment) -> Served {
    return {response(404, "{}"), Millis(10)};
  });
  run.import(200);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("HTTP 404 Not Found") != std::string::npos);
  CHECK(run.asked.size() == 5);
  CHECK(run.totals().ready == 200);
}

TEST_CASE("--max-time stops claiming") {
  RunOptions o = options();
  o.max_time = Millis(3'000);
  VirtualRun run(o, answers(Millis(200)));
  run.import(5'000);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::later);
  CHECK(report.took >= Millis(3'000));
  CHECK(report.took <= Millis(3'300));
  CHECK(run.totals().leased == 0);
}

TEST_CASE("--max-errors stops as a systemic fault, by count and by share") {
  const auto every_second_fails = [](const std::string& key, int, Moment) -> Served {
    return std::stoi(key) % 2 == 0 ? Served{response(400, "{}"), Millis(10)} : answer(key);
  };
  RunOptions o = options();
  o.max_errors = 10;
  VirtualRun by_count(o, every_second_fails);
  by_count.import(1'000);
  CHECK(by_count.run().end == RunEnd::systemic);
  CHECK(by_count.totals().failed >= 10);
  CHECK(by_count.totals().failed < 10 + 64);
  o = options();
  o.max_errors_share = 0.4;
  VirtualRun by_share(o, every_second_fails);
  by_share.import(1'000);
  CHECK(by_share.run().end == RunEnd::systemic);
  o.max_errors_share = 0.6;
  VirtualRun below(o, every_second_fails);
  below.import(1'000);
  CHECK(below.run().end == RunEnd::finished);
}

TEST_CASE("Retry-After holds everything, not just the job that was told") {
  SteadyTime told{};
  VirtualRun run(options(), [&](const std::string& key, int nth, Moment now) -> Served {
    if (key == "40" && nth == 1) {
      told = now.steady + Millis(1);
      return {response(503, "", {{"Retry-After", "20"}}), Millis(1)};
    }
    return answer(key);
  });
  run.import(300);
  CHECK(run.run().done == 300);
  const auto within = std::count_if(run.starts.begin(), run.starts.end(), [&](SteadyTime t) {
    return t > told && t < told + Millis(20'000);
  });
  CHECK(within == 0);
}

TEST_CASE("a long Retry-After is the source's wait: kept, waited for, told once") {
  SteadyTime told{};
  VirtualRun run(options(), [&](const std::string& key, int nth, Moment now) -> Served {
    if (std::stoi(key) >= 37 && std::stoi(key) <= 40 && nth == 1) {  // in flight together
      told = std::max(told, now.steady);
      return {response(429, "", {{"Retry-After", "7200"}}), Millis(1)};
    }
    return answer(key);
  });
  run.import(300);
  const RunReport report = run.run();
  CHECK(report.done == 300);
  CHECK(report.took >= Millis(7'200'000));
  CHECK(report.took < Millis(7'300'000));
  CHECK(run.store.setting(setting::kWait).has_value());
  CHECK(run.notices.size() == 1);
  const auto within = std::count_if(run.starts.begin(), run.starts.end(), [&](SteadyTime t) {
    return t > told + Millis(20) && t < told + Millis(7'199'000);
  });
  CHECK(within == 0);
}

TEST_CASE("--max-wait leaves rather than waits, and says when to come back") {
  RunOptions o = options();
  o.max_wait = Millis(60'000);
  VirtualRun run(o, [](const std::string& key, int nth, Moment) -> Served {
    if (key == "40" && nth == 1) {
      return {response(429, "", {{"Retry-After", "7200"}}), Millis(1)};
    }
    return answer(key);
  });
  run.import(300);
  const Moment began = run.now;
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::later);
  REQUIRE(report.next_due.has_value());
  CHECK(*report.next_due >= began.wall + Millis(7'200'000));
  CHECK(run.totals().leased == 0);
  CHECK(report.took < Millis(5'000));
}

TEST_CASE("--max-wait does not mind the spacing of a rate, nor waits that are short enough") {
  RunOptions o = options();
  o.max_wait = Millis(100);
  o.rate = Rate{60, Millis(60'000)};
  VirtualRun slow(o, answers());
  slow.import(10);
  CHECK(slow.run().end == RunEnd::finished);
}

TEST_CASE("a wait of an earlier run is kept to") {
  VirtualRun run(options(), answers());
  run.import(30);
  run.store.put_setting(setting::kWait, std::to_string(to_ms(run.now.wall + Millis(90'000))));
  const SteadyTime began = run.now.steady;
  CHECK(run.run().done == 30);
  CHECK(run.starts.front() >= began + Millis(90'000));
  CHECK(run.steps < 200 + 2 * 90);
}

TEST_CASE("jobs that others hold are waited for, and taken when they come back") {
  VirtualRun run(options(), answers());
  run.import(30);
  const auto other = run.store.another_handle();
  const WorkerId worker = other->start_worker(run.now.wall);
  REQUIRE(other->exchange(worker, {}, {10, false}, run.now.wall).leased.size() == 10);
  const SteadyTime began = run.now.steady;
  bool left = false;
  run.before_step = [&](Dispatcher&, Moment now) {
    if (!left && now.steady > began + Millis(20'000)) {
      other->end_worker(worker, "left", now.wall);
      left = true;
    }
  };
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done == 30);
  CHECK(report.took < Millis(21'000));
  CHECK(run.steps < 300);
}

TEST_CASE("--follow goes on when all is done and takes new work") {
  RunOptions o = options();
  o.follow = true;
  VirtualRun run(o, answers());
  const SteadyTime began = run.now.steady;
  bool imported = false;
  run.before_step = [&](Dispatcher&, Moment now) {
    if (!imported && now.steady > began + Millis(10'000)) {
      run.import(25);
      imported = true;
    }
  };
  CHECK(run.run(Millis(15'000)).done == 25);
  CHECK(run.steps < 200 + 2 * 90);
}

TEST_CASE("a rule that says stop ends the run, and the job is ready again") {
  AnswerRule stop;
  stop.status = 402;
  stop.then = RuleAction::stop;
  VirtualRun run(options(),
                 [](const std::string& key, int, Moment) -> Served {
                   return key == "50" ? Served{response(402, "pay"), Millis(10)} : answer(key);
                 },
                 {stop});
  run.import(200);
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::systemic);
  CHECK(report.reason.find("HTTP 402 Payment Required") != std::string::npos);
  CHECK(run.totals().failed == 0);
  CHECK(run.totals().leased == 0);
}

TEST_CASE("a lost store ends the run, and the report counts only what was kept") {
  VirtualRun run(options(), answers(Millis(30)));
  run.import(100);
  run.before_step = [&](Dispatcher& d, Moment now) {
    if (now.steady > SteadyTime(std::chrono::hours(1)) + Millis(100) && d.in_flight() >= 4 &&
        !d.ending()) {
      d.on_store_lost("disk full", now);
    }
  };
  const RunReport before = run.run();
  CHECK(before.end == RunEnd::store);
  CHECK(run.aborted);
  const std::int64_t kept = run.totals().done;
  const auto rest = run.dispatcher().take_unsettled();
  run.dispatcher().on_not_stored(rest);
  CHECK(run.dispatcher().report(run.now).done == kept);
}

TEST_CASE("two runs on one store answer every job once and both end") {
  // Both in one thread, by turns: each sees the other's leases.
  const auto store_of = [](VirtualRun& r) -> MemoryStore& { return r.store; };
  VirtualRun run(options(), answers(Millis(40)));
  run.import(400);
  const auto other = store_of(run).another_handle();
  const WorkerId worker = other->start_worker(run.now.wall);
  int answered = 0;
  std::vector<LeasedJob> mine;
  run.before_step = [&](Dispatcher&, Moment now) {
    std::vector<Settlement> done;
    for (const LeasedJob& job : mine) {
      Settlement s;
      s.job = job.id;
      s.epoch = job.epoch;
      s.to = JobState::done;
      s.attempts_added = 1;
      s.at = now.wall;
      s.answer.emplace().body = "{\"by\":\"other\",\"id\":" + job.key + "}";
      done.push_back(std::move(s));
      ++answered;
    }
    mine = other->exchange(worker, done, {1, false}, now.wall).leased;
  };
  const RunReport report = run.run();
  CHECK(report.end == RunEnd::finished);
  CHECK(report.done + answered == 400);
  CHECK(answered > 0);
}

}  // namespace
}  // namespace dogged
