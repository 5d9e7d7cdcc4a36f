// SPDX-License-Identifier: MIT
// What holds whatever the server does, how many workers there are and which of them die. Cases are
// the same in every run; DOGGED_SIM_SEED gives others, and RC_PARAMS, as rapidcheck prints it for a
// case that fails, plays that one again.
#include "tests/sim/scenario.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <ostream>
#include <string>

namespace dogged::sim {
namespace {

constexpr double kBeginning = 10;  // seconds
// Refuses with a 503 for the rest of ten seconds: several workers take long to tell that from an
// outage.
constexpr int kSlowWindows = 4;

struct Case {
  int kind = 0;  // of server
  int size = 10;
  int workers = 1;
  int kills = 0;
  int jobs = 300;
  int places = 64;  // the cap on requests in flight
  bool places_are_cap = false;
  std::optional<int> rate;  // cap, starts per second
  int exchange_ms = 0;      // the longest
  int faults = 0;           // of 100 requests
  int outage = 0;           // seconds
  bool outage_refuses = false;
  int seed = 1;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "server " << c.kind << " of " << c.size << ", " << c.workers << " workers, "
             << c.kills << " killed, " << c.jobs << " jobs, " << c.places << " places"
             << (c.places_are_cap ? " (cap)" : "") << ", rate " << c.rate.value_or(0)
             << ", exchanges " << c.exchange_ms << " ms, faults " << c.faults << " %, outage "
             << c.outage << " s" << (c.outage_refuses ? " (refuses)" : "") << ", seed " << c.seed;
}

int any(int least, int most) {
  return *rc::gen::noShrink(rc::gen::resize(100, rc::gen::inRange(least, most + 1)));
}

Case any_case() {
  Case c;
  c.kind = any(0, 6);
  c.size = any(2, 100);
  c.workers = any(1, 5);
  c.kills = any(0, 2);
  c.faults = any(0, 1) * any(0, 10);
  c.outage = any(0, 1) * any(1, 90);
  c.jobs = any(1, 1'000);
  c.places = any(1, any(1, 64));  // fewer than workers too
  c.places_are_cap = any(0, 1) == 1;
  if (any(0, 1) == 1) {
    c.rate = any(2, 200);
  }
  c.exchange_ms = any(0, 30);
  c.outage_refuses = any(0, 1) == 1;
  c.seed = any(1, 1'000'000);
  return c;
}

MakeServer server_of(const Case& c) {
  MakeServer server;
  switch (c.kind) {
    case 0:
      server = hard_cap(c.size, 0.05, 0.5);
      break;
    case 1:
      server = bucket(c.size, 20, 503, false, 0.01);
      break;
    case 2:
      server = bucket(c.size, 5, 429, true, 0.05);
      break;
    case 3:
      server = fixed_window({c.size, 1, 429});
      break;
    case kSlowWindows:
      server = fixed_window({c.size * 10, 10, 503});
      break;
    case 5:
      server = [size = static_cast<std::size_t>(c.size)](std::mt19937_64& random) {
        return std::make_unique<Queue>(ServiceTime(random, 0.05, 0.3), size, 2 * size);
      };
      break;
    default:
      server = [](std::mt19937_64& random) {
        return std::make_unique<Slowing>(ServiceTime(random, 0.05, 0.3));
      };
  }
  server = faulty(server, c.faults / 100.0);
  if (c.outage == 0) {
    return server;
  }
  Reply reply;
  reply.kind = c.outage_refuses ? Reply::Kind::refused : Reply::Kind::lost;
  reply.takes = Millis(5);
  return down(server, 3, 3 + c.outage, reply);
}

void set_caps(const Case& c, RunOptions& options) {
  options.max_concurrency = c.places;
  options.max_concurrency_is_cap = c.places_are_cap;
  if (c.rate) {
    options.rate = Rate{static_cast<double>(*c.rate), Millis(1'000)};
  }
}

Outcome play(const Case& c) {
  Scenario s = scenario(server_of(c), kFar, 3'600, c.jobs);
  s.workers = c.workers;
  s.around.exchange_most = Millis(c.exchange_ms);
  s.set_up = [&](RunOptions& options) { set_caps(c, options); };
  s.script = [&](VirtualFleet& fleet) {
    for (int i = 0; i < c.kills; ++i) {
      const Millis at(500 + c.seed * (i + 1) % 4'000);
      fleet.at(at, [&fleet, i] { fleet.kill(i % fleet.workers()); });
      fleet.at(at + Millis(c.seed % 300), [&fleet, &c, i] {
        RunOptions options;
        options.seed = static_cast<std::uint64_t>(c.seed + 10 + i);
        set_caps(c, options);
        fleet.add(options);
      });
    }
  };
  return play(s, static_cast<std::uint64_t>(c.seed));
}

void set_rapidcheck_up() {
  if (std::getenv("RC_PARAMS") != nullptr) {
    return;
  }
  const char* seed = std::getenv("DOGGED_SIM_SEED");
  const char* most = std::getenv("DOGGED_SIM_SEEDS");
  const int cases = most != nullptr ? 10 * std::max(1, std::atoi(most)) : 200;
  const std::string params =
      "seed=" + std::string(seed != nullptr ? seed : "1") + " max_success=" + std::to_string(cases);
  setenv("RC_PARAMS", params.c_str(), 0);
}

TEST_CASE("caps hold, every job settles and refusals are few, whatever happens") {
  set_rapidcheck_up();
  const bool holds = rc::check("whole runs", [] {
    const Case c = any_case();
    RC_LOG() << c;
    const Outcome o = play(c);
    for (const RunReport& report : o.reports) {
      RC_LOG() << "; " << word(report.end) << " after " << report.took.count() << " ms "
               << report.reason;
    }
    if (c.places_are_cap) {
      RC_ASSERT(o.most_in_flight <= c.places);
    }
    if (c.rate) {
      RC_ASSERT(o.most_starts_within(std::chrono::seconds(1)) <= *c.rate);
    }
    RC_ASSERT(o.left.ready == 0);
    RC_ASSERT(o.left.leased == 0);
    RC_ASSERT(o.left.done + o.left.failed == c.jobs);
    // What several workers lose to each other before each has found its part, with 2/s between
    // three of them for a minute; the outage's probes.
    const int search = 50 * (c.workers + c.kills) + c.outage;
    const int early = o.count(Reply::Kind::refused, 0, kBeginning);
    RC_ASSERT(early <= o.count(Reply::Kind::ok, 0, kBeginning) + search);
    const int late = o.count(Reply::Kind::refused, kBeginning, 1e9);
    const int answers = o.count(Reply::Kind::ok, kBeginning, 1e9);
    RC_ASSERT(late <= (c.kind == kSlowWindows ? 1 : 0.2) * answers + search);
  });
  CHECK(holds);
}

TEST_CASE("no job waits for ever while later ones are served") {
  constexpr double kEnd = 240;
  constexpr double kLongest = 120;  // a job that is refused or fails waits up to 30 s, some times
  for (const std::uint64_t seed : seeds(10)) {
    CAPTURE(seed);
    const int size = 2 + static_cast<int>(seed) * 2;
    const MakeServer server =
        seed % 2 == 0 ? hard_cap(size, 0.05, 0.3) : bucket(10 * size, 20, 503, false, 0.01);
    Scenario s = scenario(faulty(server, 0.1), kFar, kEnd, 100'000);
    s.workers = 1 + static_cast<int>(seed % 3);
    const Outcome o = play(s, seed);
    std::map<std::string, double> open;  // since
    std::map<std::string, bool> answered;
    for (const Outcome::Request& r : o.requests) {
      open.try_emplace(r.key, r.at);
      answered[r.key] = answered[r.key] || r.kind == Reply::Kind::ok;
    }
    const auto starved = std::count_if(open.begin(), open.end(), [&](const auto& job) {
      return job.second < kEnd - kLongest && !answered[job.first];
    });
    // Some may have used up their attempts.
    CHECK(starved <= o.left.failed);
  }
}

}  // namespace
}  // namespace dogged::sim
