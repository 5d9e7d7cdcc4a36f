// SPDX-License-Identifier: MIT
#include "engine/shortage_limit.h"

#include "engine/dispatcher.h"
#include "tests/fakes/scripted_http.h"
#include "tests/unit/engine/virtual_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace dogged {
namespace {

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

TEST_CASE("after a minute without a failure twice as many are tried, and again") {
  ShortageLimit limit;
  limit.on_shortage(10, kStart);
  CHECK_FALSE(limit.eases(kStart + seconds(59)));
  CHECK(limit.eases(kStart + seconds(60)));
  CHECK(limit.bounded(64) == 20);
  CHECK_FALSE(limit.eases(kStart + seconds(61)));
  CHECK(limit.eases(kStart + seconds(120)));
  CHECK(limit.bounded(64) == 40);
  limit.on_shortage(35, kStart + seconds(130));
  CHECK_FALSE(limit.eases(kStart + seconds(180)));
  CHECK(limit.bounded(64) == 35);
}

TEST_CASE("where not even one can be made it waits a second, and after ten it is hopeless") {
  ShortageLimit limit;
  SteadyTime now = kStart;
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(limit.is_hopeless());
    limit.on_shortage(0, now);
    CHECK(limit.hold_until() == now + seconds(1));
    CHECK(limit.bounded(64) == 1);
    now += seconds(1);
    CHECK_FALSE(limit.eases(now));
    CHECK_FALSE(limit.hold_until().has_value());
  }
  CHECK(limit.is_hopeless());
  limit.on_made();
  CHECK_FALSE(limit.is_hopeless());
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

}  // namespace
}  // namespace dogged
