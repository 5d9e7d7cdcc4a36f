// SPDX-License-Identifier: MIT
// The pace of one worker against scripted servers.
#include "tests/sim/scenario.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace dogged::sim {
namespace {

struct Row {
  std::string name;
  Scenario scenario;
  double capacity;       // answers per second
  double least;          // share of it after `settled`, of all seeds together
  double most_refused;   // per 100 answers, then
  double first_refused;  // per 100 answers, in the first ten seconds
  double settled;        // seconds
};

std::vector<Row> rows() {
  const MakeServer queue = [](std::mt19937_64& random) {
    return std::make_unique<Queue>(ServiceTime(random, 0.1, 0.3), 40, 120);
  };
  const MakeServer slowing = [](std::mt19937_64& random) {
    return std::make_unique<Slowing>(ServiceTime(random, 0.1, 0.3));
  };
  const double slow = Slowing::capacity(0.1);
  return {
      {"10 at once, near", scenario(hard_cap(10, .05, .01), kNear, 40, 20'000), 200, .97, 1, 5, 10},
      {"200/s, near", scenario(bucket(200, 20, 503, false, 1e-4), kNear, 40, 20'000), 200, .97, 1,
       10, 10},
      {"5/s, Retry-After, near", scenario(bucket(5, 20, 429, true, 1e-4), kNear, 120, 2'000), 5,
       .97, 1, 100, 10},
      {"50 at once", scenario(hard_cap(50, .1, .3), kFar, 30, 40'000), 500, .965, 1, 5, 15},
      {"50 at once, far", scenario(hard_cap(50, .1, .3), Millis(20), 30, 40'000), 500, .85, 1.5, 5,
       15},
      {"200/s, 429", scenario(bucket(200, 20, 429, false, .1), kFar, 40, 20'000), 200, .97, 1, 10,
       20},
      {"200/s, Retry-After", scenario(bucket(200, 20, 429, true, .1), kFar, 120, 40'000), 200, .95,
       1, 10, 60},
      {"200/s, 503", scenario(bucket(200, 20, 503, false, .1), kFar, 60, 20'000), 200, .96, 1.3, 10,
       30},
      {"5/s, 503", scenario(bucket(5, 5, 503, false, .1), kFar, 200, 2'000), 5, .97, 1.5, 100, 100},
      {"queue of 40", scenario(queue, kFar, 40, 40'000), 400, .97, 1, 10, 20},
      {"slows when pushed", scenario(slowing, kFar, 120, 60'000), slow, .93, 1, 1, 60},
      {"window of 1 s, 429", scenario(fixed_window({200, 1, 429}), kFar, 60, 20'000), 200, .95, 2,
       100, 10},
      {"window of 1 s, 503", scenario(fixed_window({200, 1, 503}), kFar, 60, 20'000), 200, .95, 2,
       100, 10},
      {"window of 1 s, 503, near", scenario(fixed_window({200, 1, 503}, 1e-4), kNear, 60, 20'000),
       200, .95, 2, 200, 10},
      {"window of 1 s, 50, 429", scenario(fixed_window({50, 1, 429}), kFar, 60, 20'000), 50, .95, 2,
       200, 10},
      {"window of 1 s, 50, 503", scenario(fixed_window({50, 1, 503}), kFar, 60, 20'000), 50, .95, 2,
       200, 10},
      {"window of 1 s, 50, says 210", scenario(fixed_window({50, 1, 429, 210}), kFar, 60, 20'000),
       50, .95, 2, 200, 10},
      {"window of 1 s, 50, says 500", scenario(fixed_window({50, 1, 429, 500}), kFar, 60, 20'000),
       50, .95, 2, 200, 10},
      {"window of 60 s, 429", scenario(fixed_window({300, 60, 429}), kFar, 600, 20'000), 5, .93, 3,
       100, 180},
      {"window of 60 s, 503", scenario(fixed_window({300, 60, 503}), kFar, 600, 20'000), 5, .93, 3,
       100, 180},
  };
}

TEST_CASE("nearly all that a server allows is used, and nearly nothing refused") {
  const std::vector<std::uint64_t> all = seeds(6);
  const auto count = static_cast<double>(all.size());
  for (const Row& row : rows()) {
    double goodput = 0;
    double least = 1e9;
    double refused = 0;
    double first = 0;
    double early = 0;  // goodput of the first ten seconds
    for (const std::uint64_t seed : all) {
      CAPTURE(row.name);
      CAPTURE(seed);
      const Outcome o = play(row.scenario, seed);
      const double end = row.scenario.seconds;
      const double share = o.answers_per_second(row.settled, end) / row.capacity;
      least = std::min(least, share);
      goodput += share / count;
      refused += o.refused_per_100(row.settled, end) / count;
      first += o.refused_per_100(0, 10) / count;
      early += o.answers_per_second(0, 10) / row.capacity / count;
      CHECK(o.left.failed == 0);
    }
    CAPTURE(row.name);
    tell(row.name, goodput, refused, least, early, first);
    CHECK(goodput >= row.least);
    CHECK(least >= row.least - 0.03);
    CHECK(refused <= row.most_refused);
    CHECK(first <= row.first_refused);
  }
}

TEST_CASE("what overtakes on its way does not make slow start end too low for long") {
  Scenario s = scenario(hard_cap(10, .05, .01), kNear, 10, 20'000);
  s.around.overtaking = Millis(1);
  double early = 0;
  double refused = 0;
  const std::vector<std::uint64_t> all = seeds(16);
  const auto count = static_cast<double>(all.size());
  for (const std::uint64_t seed : all) {
    const Outcome o = play(s, seed);
    early += o.answers_per_second(1, 3) / 200 / count;
    refused += o.refused_per_100(0, 10) / count;
  }
  CHECK(early >= 0.99);
  CHECK(refused <= 2);
}

TEST_CASE("a limit that falls and rises again is followed") {
  const Scenario s = scenario(hard_cap(50, 0.1, 0.3, {{20, 20}, {40, 50}}), kFar, 60, 60'000);
  for (const std::uint64_t seed : seeds(8)) {
    CAPTURE(seed);
    const Outcome o = play(s, seed);
    CHECK(o.answers_per_second(30, 40) >= 0.93 * 200);
    CHECK(o.answers_per_second(50, 60) >= 0.85 * 500);
    CHECK(o.refused_per_100(0, 60) <= 2);
  }
}

TEST_CASE("an outage is sat out with few requests, costs no job an attempt and is soon over") {
  Reply refusal;
  refusal.kind = Reply::Kind::refused;
  refusal.takes = Millis(1);
  Reply reset;
  reset.kind = Reply::Kind::lost;
  reset.takes = Millis(1);
  Reply silence;
  silence.kind = Reply::Kind::lost;
  silence.takes = std::chrono::hours(1);
  struct Down {
    std::string name;
    MakeServer inner;
    Reply reply;
    double within;  // seconds
  };
  const Down downs[] = {
      {"refuses", bucket(200, 20, 503, false, 1e-4), refusal, 10},
      {"resets", hard_cap(10, 0.05, 0.01), reset, 10},
      {"is silent", hard_cap(10, 0.05, 0.01), silence, 15},
  };
  for (const Down& d : downs) {
    for (const std::uint64_t seed : seeds(8)) {
      CAPTURE(d.name);
      CAPTURE(seed);
      const Outcome o = play(scenario(down(d.inner, 20, 80, d.reply), kNear, 110, 40'000), seed);
      const auto asked = std::count_if(o.requests.begin(), o.requests.end(),
                                       [](const auto& r) { return r.at >= 21 && r.at < 80; });
      CHECK(asked <= 60);
      CHECK(o.answers_per_second(80 + d.within, 110) >= 0.9 * 200);
      CHECK(o.left.failed == 0);
    }
  }
}

TEST_CASE("a source that is shared with others is used as far as they leave it") {
  TokenBucket::Shape shape;
  shape.rate = 5;
  shape.tells_wait = true;
  shape.others_most = 3;
  Scenario s = scenario(
      [=](std::mt19937_64& random) {
        return std::make_unique<TokenBucket>(random, ServiceTime(random, 0.02, 0.3), shape);
      },
      kFar, 240, 4'000);
  for (const std::uint64_t seed : seeds(8)) {
    CAPTURE(seed);
    double allowed = 0;
    const Outcome o = play(s, seed, [&](Server& server) {
      allowed = dynamic_cast<TokenBucket&>(server).allowed(std::chrono::seconds(240));
    });
    CHECK(o.answers_per_second(0, 240) * 240 >= 0.7 * allowed);
    CHECK(o.refused_per_100(120, 240) <= 5);
  }
}

TEST_CASE("half of what was found is left to others, however little the first refusals told") {
  struct Shared {
    std::string name;
    Scenario scenario;
    double allowed;  // per second
  };
  const auto shared = [](const std::string& name, const MakeServer& server, Span round_trip,
                         double allowed) {
    Scenario s = scenario(server, round_trip, 180, 40'000);
    s.set_up = [](RunOptions& options) { options.leave = 0.5; };
    return Shared{name, s, allowed};
  };
  const Shared rows[] = {
      shared("half of 200/s, near", bucket(200, 20, 503, false, 1e-4), kNear, 200),
      shared("half of 200/s, no burst", bucket(200, 1, 503, false, 1e-4), kNear, 200),
      shared("half of 200/s, 429", bucket(200, 20, 429, false, 0.1), kFar, 200),
      shared("half of 5/s, 503", bucket(5, 5, 503, false, 0.1), kFar, 5),
      shared("half of 10 at once", hard_cap(10, 0.05, 0.01), kNear, 200),
      shared("half of a window of 1 s, 429", fixed_window({200, 1, 429}), kFar, 200),
      shared("half of a window of 1 s, 503", fixed_window({200, 1, 503}), kFar, 200),
  };
  constexpr double kFound = 90;  // seconds
  for (const Shared& row : rows) {
    CAPTURE(row.name);
    const std::vector<std::uint64_t> all = seeds(6);
    const auto count = static_cast<double>(all.size());
    double goodput = 0;
    double refused = 0;
    for (const std::uint64_t seed : all) {
      CAPTURE(seed);
      const Outcome o = play(row.scenario, seed);
      const double share = o.answers_per_second(kFound, 180) / row.allowed;
      goodput += share / count;
      refused += o.refused_per_100(kFound, 180) / count;
      CHECK(share >= 0.4);
      CHECK(share <= 0.53);  // a rate is found to some hundredths
    }
    tell(row.name, goodput, refused);
    CHECK(refused <= 0.1);
  }
}

TEST_CASE("the user's caps hold whatever the server does, and every job settles") {
  for (const std::uint64_t seed : seeds(60)) {
    CAPTURE(seed);
    Scenario s;
    s.server = [](std::mt19937_64& random) {
      const int cap = std::uniform_int_distribution<int>(2, 30)(random);
      auto inner = std::make_unique<HardCap>(ServiceTime(random, 0.05, 0.5), cap);
      return std::make_unique<Faulty>(std::move(inner), random, 0.05);
    };
    s.jobs = 300;
    s.seconds = 36'000;
    s.max_concurrency = 1 + static_cast<int>(seed % 20);
    s.rate = Rate{static_cast<double>(10 + seed * 3), Millis(1'000)};
    const Outcome o = play(s, seed);
    CHECK(o.reports.at(0).end == RunEnd::finished);
    CHECK(o.left.done == 300);
    CHECK(o.most_in_flight <= s.max_concurrency);
    CHECK(o.most_starts_within(s.rate->per) <= s.rate->count);
  }
}

}  // namespace
}  // namespace dogged::sim
