// SPDX-License-Identifier: MIT
#include "pace/adaptive_pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace dogged {
namespace {

using Kind = StartDecision::Kind;

constexpr SteadyTime kBegin{std::chrono::hours(1)};

// A pacer with a clock that the test moves.
struct Pace {
  explicit Pace(int max_concurrency) : pacer({max_concurrency}, 7) {}

  // Starts whatever may start now.
  std::vector<Pacer::StartId> start_all() {
    std::vector<Pacer::StartId> ids;
    while (pacer.next_start(now).kind == Kind::now) {
      ids.push_back(pacer.on_start(now));
    }
    return ids;
  }
  void end(Pacer::StartId id, PaceSignal signal, std::optional<Millis> retry_after = {}) {
    pacer.on_end(id, signal, {retry_after}, now);
  }
  StartDecision next() { return pacer.next_start(now); }
  double limit() const { return pacer.view(now).concurrency_limit; }
  AdaptivePacer pacer;
  SteadyTime now = kBegin;
};

TEST_CASE("four requests may start at first, or fewer where fewer are allowed") {
  CHECK(Pace(64).start_all().size() == 4);
  CHECK(Pace(1).start_all().size() == 1);
  CHECK(Pace(0).start_all().size() == 1);
}

TEST_CASE("answers raise the limit while it is used, refusals of one event lower it once") {
  Pace pace(64);
  for (int i = 0; i < 6; ++i) {
    const auto ids = pace.start_all();
    pace.now += Millis(50);
    for (const Pacer::StartId id : ids) {
      pace.end(id, PaceSignal::answered);
    }
  }
  const auto ids = pace.start_all();
  REQUIRE(ids.size() >= 8);
  pace.now += Millis(1);
  pace.end(ids[4], PaceSignal::refused);
  CHECK(pace.limit() == 4);  // so many were unanswered when that one was sent
  for (std::size_t i = 5; i < ids.size(); ++i) {
    pace.end(ids[i], PaceSignal::refused);
  }
  CHECK(pace.limit() == 4);
}

TEST_CASE("a refused request that others of its burst overtook lowers the limit by one only") {
  Pace pace(64);
  for (int i = 0; i < 6; ++i) {
    const auto ids = pace.start_all();
    pace.now += Millis(50);
    for (const Pacer::StartId id : ids) {
      pace.end(id, PaceSignal::answered);
    }
  }
  auto ids = pace.start_all();
  REQUIRE(ids.size() > 10);
  pace.now += Millis(1);
  for (std::size_t i = 10; i < ids.size(); ++i) {
    pace.end(ids[i], PaceSignal::refused);
  }
  REQUIRE(pace.limit() == 10);  // found
  ids.resize(10);
  pace.now += Millis(100);
  for (const Pacer::StartId id : ids) {
    pace.end(id, PaceSignal::answered);
  }
  ids = pace.start_all();
  REQUIRE(ids.size() == 10);
  pace.now += Millis(1);
  pace.end(ids[3], PaceSignal::refused);  // three were sent before it, six just after it
  CHECK(pace.limit() == doctest::Approx(9));
}

TEST_CASE("timeouts of one event cut the limit once") {
  Pace pace(64);
  const auto ids = pace.start_all();
  pace.now += Millis(5'000);
  for (const Pacer::StartId id : ids) {
    pace.end(id, PaceSignal::timed_out);
  }
  CHECK(pace.limit() == doctest::Approx(2.8));
}

TEST_CASE("a refused request keeps its place for a round trip") {
  Pace pace(1);
  const Pacer::StartId answered = pace.start_all().at(0);
  pace.now += Millis(80);
  pace.end(answered, PaceSignal::answered);
  const Pacer::StartId refused = pace.start_all().at(0);
  pace.now += Millis(1);
  pace.end(refused, PaceSignal::refused);
  CHECK(pace.next().kind == Kind::not_before);
  CHECK(pace.next().at == pace.now + Millis(80));
}

TEST_CASE("Retry-After holds all starts, and those after it are paced") {
  Pace pace(64);
  const auto ids = pace.start_all();
  pace.now += Millis(100);
  pace.end(ids[0], PaceSignal::answered);
  pace.end(ids[1], PaceSignal::refused, Millis(2'000));
  pace.end(ids[2], PaceSignal::answered);
  pace.end(ids[3], PaceSignal::answered);
  const SteadyTime over = pace.now + Millis(2'000);
  CHECK(pace.next().at == over);
  CHECK(pace.next().bound == PaceBound::server_wait);
  CHECK(pace.pacer.view(pace.now).wait_until == over);
  pace.now = over + Millis(1'000);
  CHECK(pace.start_all().size() <= 2);
  CHECK(pace.next().bound == PaceBound::server_rate);
}

TEST_CASE("failures in a row open an outage: one probe at a time until one is answered") {
  Pace pace(64);
  for (int i = 0; i < 10; ++i) {
    pace.end(pace.pacer.on_start(pace.now), PaceSignal::answered);
  }
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(pace.pacer.outage_since().has_value());
    pace.now += Millis(10);
    pace.end(pace.pacer.on_start(pace.now), PaceSignal::connection_error);
  }
  REQUIRE(pace.pacer.outage_since() == pace.now);
  SteadyTime last = pace.now;
  for (int i = 0; i < 100; ++i) {
    const StartDecision next = pace.next();
    REQUIRE(next.kind == Kind::not_before);
    CHECK(next.bound == PaceBound::outage);
    CHECK(next.at - last >= Millis(250));
    CHECK(next.at - last <= Millis(4'000));
    pace.now = last = next.at;
    const auto probe = pace.start_all();
    REQUIRE(probe.size() == 1);
    CHECK(pace.next().kind == Kind::on_ending);
    pace.end(probe[0], PaceSignal::connection_error);
  }
  pace.now = pace.next().at;
  pace.end(pace.start_all().at(0), PaceSignal::answered);
  CHECK_FALSE(pace.pacer.outage_since().has_value());
  CHECK(pace.limit() >= 2);
  CHECK(pace.limit() <= 3);
}

TEST_CASE("failures of jobs that were in trouble before tell no outage") {
  Pace pace(64);
  for (int i = 0; i < 100; ++i) {
    pace.now += Millis(10);
    pace.pacer.on_end(pace.pacer.on_start(pace.now), PaceSignal::server_error, {{}, false, true},
                      pace.now);
  }
  CHECK_FALSE(pace.pacer.outage_since().has_value());
}

TEST_CASE("a shorter wait does not shorten a longer one") {
  Pace pace(64);
  pace.pacer.hold_until(pace.now + Millis(5'000));
  pace.pacer.hold_until(pace.now + Millis(1'000));
  CHECK(pace.next().at == pace.now + Millis(5'000));
}

TEST_CASE("an outage that another worker found holds all but probes, until somebody is answered") {
  Pace pace(64);
  pace.end(pace.pacer.on_start(pace.now), PaceSignal::answered);
  pace.pacer.join_outage(pace.now);
  CHECK(pace.pacer.outage_since() == pace.now);
  CHECK(pace.start_all().empty());
  pace.now += Millis(500);
  CHECK(pace.start_all().size() == 1);
  pace.pacer.leave_outage(pace.now);
  CHECK_FALSE(pace.pacer.outage_since().has_value());
  CHECK(pace.start_all().size() == 1);  // two at once, and the probe is still in flight
}

TEST_CASE("a worker that had nothing to start before an outage measures what comes after it") {
  Pace pace(64);
  REQUIRE(pace.next().kind == Kind::now);  // and there is no job
  pace.now += Millis(500);
  pace.pacer.join_outage(pace.now);
  pace.now += Millis(60'000);
  pace.pacer.leave_outage(pace.now);
  // A server that takes 50 and then 100/s.
  double free = 50;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    pace.now += Millis(1);
    free = std::min(50.0, free + 0.1);
    for (const Pacer::StartId id : pace.start_all()) {
      const bool takes = free >= 1;
      free -= takes ? 1 : 0;
      pace.end(id, takes ? PaceSignal::answered : PaceSignal::refused);
      refused += takes ? 0 : 1;
    }
  }
  CHECK(refused <= 200);
}

TEST_CASE("a cap that is lowered holds at once, one that is raised is used") {
  Pace pace(8);
  pace.pacer.limit_concurrency(2);
  const auto ids = pace.start_all();
  CHECK(ids.size() == 2);
  pace.pacer.limit_concurrency(1);
  pace.end(ids[0], PaceSignal::answered);
  CHECK(pace.start_all().empty());
  pace.end(ids[1], PaceSignal::answered);
  pace.pacer.limit_concurrency(16);
  for (int i = 0; i < 200; ++i) {
    pace.now += Millis(10);
    for (const Pacer::StartId id : pace.start_all()) {
      pace.end(id, PaceSignal::answered);
    }
  }
  CHECK(pace.pacer.view(pace.now).concurrency_limit > 8);
}

TEST_CASE("what was learned is where the next pacer starts") {
  Pace pace(64);
  CHECK_FALSE(pace.pacer.learned().has_value());
  LearnedPace before;
  before.concurrency = 20;
  before.rate = 100;
  pace.pacer.start_near(before, pace.now);
  int starts = 0;
  const SteadyTime begin = pace.now;
  for (; pace.now < begin + Millis(1'000); pace.now += Millis(1)) {
    for (const Pacer::StartId id : pace.start_all()) {
      ++starts;
      pace.end(id, PaceSignal::answered);
    }
  }
  CHECK(starts >= 95);
  CHECK(starts <= 115);
  REQUIRE(pace.pacer.learned().has_value());
  CHECK(pace.pacer.learned()->rate.value_or(0) >= 95);
}

TEST_CASE("answers per second are those of the last seconds") {
  Pace pace(64);
  for (int i = 0; i < 200; ++i) {
    pace.end(pace.pacer.on_start(pace.now), PaceSignal::answered);
    pace.now += Millis(50);
  }
  CHECK(pace.pacer.view(pace.now).answers_per_second == doctest::Approx(20).epsilon(0.05));
  pace.now += Millis(20'000);
  CHECK(pace.pacer.view(pace.now).answers_per_second == 0);
}

TEST_CASE("an ending of an unknown start changes nothing") {
  Pace pace(64);
  pace.end(99, PaceSignal::refused, Millis(9'000));
  CHECK(pace.limit() == 4);
  CHECK(pace.next().kind == Kind::now);
}

}  // namespace
}  // namespace dogged
