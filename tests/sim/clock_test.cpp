// SPDX-License-Identifier: MIT
// Clocks that are set, machines that sleep, runs that follow each other.
#include "tests/sim/scenario.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace dogged::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("a machine that slept through the server's wait goes on at once") {
  for (const std::uint64_t seed : seeds(8)) {
    CAPTURE(seed);
    Reply quota;
    quota.kind = Reply::Kind::refused;
    quota.status = 429;
    quota.retry_after = 3'600;
    Scenario s = scenario(down(hard_cap(10, 0.05, 0.1), 5, 20, quota), kNear, 60, 20'000);
    s.workers = 1 + static_cast<int>(seed % 3);
    s.script = [](VirtualFleet& fleet) {
      fleet.at(seconds(30), [&fleet] { fleet.step_wall(hours(2)); });
    };
    const Outcome o = play(s, seed);
    CHECK(o.count(Reply::Kind::ok, 8, 30) == 0);
    CHECK(o.count(Reply::Kind::ok, 30, 32) > 0);
    CHECK(o.answers_per_second(40, 60) >= 0.9 * 200);
  }
}

TEST_CASE("a clock that is set breaks no cap and stops no run") {
  for (const std::uint64_t seed : seeds(12)) {
    CAPTURE(seed);
    const Millis by = seed % 3 == 0 ? Millis(hours(1)) : -Millis(seconds(seed * seed * 30));
    CAPTURE(by.count());
    Scenario s = scenario(hard_cap(50, 0.05, 0.1), kNear, 60, 20'000);
    s.workers = 1 + static_cast<int>(seed % 3);
    s.rate = Rate{40, Millis(1'000)};
    s.script = [by](VirtualFleet& fleet) {
      fleet.at(seconds(20), [&fleet, by] { fleet.step_wall(by); });
    };
    const Outcome o = play(s, seed);
    // Starts are granted a quarter of a second ahead, and a step forward cannot be told from time
    // that went by: those granted before it come on top.
    CHECK(o.most_starts_within(s.rate->per) <= 40 + (by.count() > 0 ? 11 : 0));
    CHECK(o.answers_per_second(33, 60) >= 0.9 * 40);
  }
}

TEST_CASE("the next run starts near what the one before learned") {
  struct Row {
    std::string name;
    MakeServer server;
  };
  const Row rows[] = {
      {"10 at once", hard_cap(10, 0.05, 0.01)},
      {"200/s", bucket(200, 20, 503, false, 1e-4)},
  };
  for (const Row& row : rows) {
    for (const std::uint64_t seed : seeds(6)) {
      CAPTURE(row.name);
      CAPTURE(seed);
      Scenario s = scenario(row.server, kNear, 60, 40'000);
      s.script = [](VirtualFleet& fleet) {
        fleet.at(seconds(30), [&fleet] { fleet.stop(0); });
        fleet.at(seconds(40), [&fleet] { fleet.add({}); });
      };
      const Outcome o = play(s, seed);
      CHECK(o.count(Reply::Kind::ok, 31, 40) == 0);
      CHECK(o.answers_per_second(40, 42) >= 0.8 * 200);
      CHECK(o.answers_per_second(45, 60) >= 0.95 * 200);
      CHECK(o.refused_per_100(40, 60) <= 1);
    }
  }
}

}  // namespace
}  // namespace dogged::sim
