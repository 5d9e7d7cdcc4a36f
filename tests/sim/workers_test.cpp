// SPDX-License-Identifier: MIT
// Several workers on one store: what they share holds for all of them together.
#include "tests/sim/scenario.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <string>

namespace dogged::sim {
namespace {

using std::chrono::seconds;

Scenario shared(MakeServer server, int workers, double for_seconds, int jobs) {
  Scenario s = scenario(std::move(server), kNear, for_seconds, jobs);
  s.workers = workers;
  s.around.exchange_least = Millis(1);
  s.around.exchange_most = Millis(10);
  return s;
}

// Requests of that worker from then on.
std::int64_t starts_of(const Outcome& o, int worker, double from) {
  return std::count_if(o.requests.begin(), o.requests.end(),
                       [&](const auto& r) { return r.worker == worker && r.at >= from; });
}

TEST_CASE("no window has more starts than the rate, of all together, kills and restarts included") {
  for (const std::uint64_t seed : seeds(24)) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto pick = [&](int least, int most) {
      return std::uniform_int_distribution<int>(least, most)(random);
    };
    Scenario s = shared(bucket(1'000, 100, 503, false, 0.02), pick(2, 8), 30, 20'000);
    s.rate = Rate{static_cast<double>(pick(5, 150)), Millis(pick(200, 2'000))};
    s.around.exchange_most = Millis(pick(1, 30));
    s.script = [&](VirtualFleet& fleet) {
      for (int i = 0; i < 3; ++i) {
        const Millis at(pick(2'000, 20'000));
        const int victim = pick(0, s.workers - 1);
        fleet.at(at, [&fleet, victim] { fleet.kill(victim); });
        fleet.at(at + Millis(pick(0, 500)), [&fleet, &s, seed, i] {
          RunOptions options;
          options.seed = seed + 100 + static_cast<std::uint64_t>(i);
          options.rate = s.rate;
          fleet.add(options);
        });
      }
    };
    const Outcome o = play(s, seed);
    CHECK(o.most_starts_within(s.rate->per) <= static_cast<int>(s.rate->count));
    // They get it, too.
    CHECK(o.answers_per_second(5, 30) >= 0.85 * s.rate->per_second());
  }
}

TEST_CASE("no more are in flight than the cap, of all together") {
  for (const std::uint64_t seed : seeds(16)) {
    CAPTURE(seed);
    Scenario s = shared(hard_cap(1'000, 0.05, 0.5), 2 + static_cast<int>(seed % 7), 20, 40'000);
    s.max_concurrency = 8 + static_cast<int>(seed % 30);
    s.around.exchange_most = Millis(30);
    s.set_up = [](RunOptions& options) { options.max_concurrency_is_cap = true; };
    s.script = [&](VirtualFleet& fleet) {
      fleet.at(seconds(6), [&fleet] { fleet.kill(0); });
      fleet.at(seconds(9), [&fleet, &s] {
        RunOptions options;
        options.max_concurrency = s.max_concurrency;
        options.max_concurrency_is_cap = true;
        fleet.add(options);
      });
    };
    const Outcome o = play(s, seed);
    CHECK(o.most_in_flight <= s.max_concurrency);
    CHECK(o.answers_per_second(10, 20) >= 0.8 * s.max_concurrency / 0.05);
  }
}

TEST_CASE("workers that do not know of each other's pace together find the server's limit") {
  struct Row {
    std::string name;
    MakeServer server;
    int workers;
  };
  const Row rows[] = {
      {"200/s, two", bucket(200, 20, 503, false, 1e-4), 2},
      {"200/s, eight", bucket(200, 20, 503, false, 1e-4), 8},
      {"10 at once, two", hard_cap(10, 0.05, 0.01), 2},
      {"window of a second, two", fixed_window({200, 1, 503}), 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    double goodput = 0;
    double refused = 0;
    const std::vector<std::uint64_t> all = seeds(6);
    const auto count = static_cast<double>(all.size());
    for (const std::uint64_t seed : all) {
      CAPTURE(seed);
      const Outcome o = play(shared(row.server, row.workers, 60, 20'000), seed);
      goodput += o.answers_per_second(10, 60) / 200 / count;
      refused += o.refused_per_100(10, 60) / count;
      CHECK(o.answers_per_second(10, 60) >= 0.9 * 200);
    }
    tell(row.name, goodput, refused);
    CHECK(goodput >= 0.95);
    CHECK(refused <= 1);
  }
}

TEST_CASE("in an outage one worker at a time probes for all, and all resume") {
  Reply refusal;
  refusal.kind = Reply::Kind::refused;
  refusal.takes = Millis(1);
  Reply reset;
  reset.kind = Reply::Kind::lost;
  reset.takes = Millis(1);
  for (const Reply& reply : {refusal, reset}) {
    for (const std::uint64_t seed : seeds(8)) {
      CAPTURE(seed);
      const int workers = 2 + static_cast<int>(seed % 7);
      CAPTURE(workers);
      const Outcome o =
          play(shared(down(bucket(200, 20, 503, false, 1e-4), 20, 80, reply), workers, 110, 40'000),
               seed);
      int asked = 0;
      std::set<int> probed;
      for (const auto& r : o.requests) {
        if (r.at >= 22 && r.at < 80) {
          ++asked;
          probed.insert(r.worker);
        }
      }
      CHECK(asked <= 30);
      CHECK(probed.size() == 1);
      CHECK(o.answers_per_second(90, 110) >= 0.9 * 200);
      for (int worker = 0; worker < workers; ++worker) {
        CAPTURE(worker);
        CHECK(starts_of(o, worker, 90) > 0);
      }
      CHECK(o.left.failed == 0);
    }
  }
}

TEST_CASE("a worker that dies in an outage is followed by another canary") {
  Reply refusal;
  refusal.kind = Reply::Kind::refused;
  refusal.takes = Millis(1);
  for (const std::uint64_t seed : seeds(8)) {
    CAPTURE(seed);
    Scenario s = shared(down(hard_cap(10, 0.05, 0.01), 10, 70, refusal), 3, 100, 40'000);
    s.script = [](VirtualFleet& fleet) {
      fleet.at(seconds(30), [&fleet] { fleet.kill(0); });
      fleet.at(seconds(40), [&fleet] { fleet.kill(1); });
    };
    const Outcome o = play(s, seed);
    CHECK(o.answers_per_second(85, 100) >= 0.9 * 200);
  }
}

}  // namespace
}  // namespace dogged::sim
