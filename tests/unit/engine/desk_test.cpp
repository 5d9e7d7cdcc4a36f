// SPDX-License-Identifier: MIT
#include "engine/desk.h"

#include "pace/adaptive_pacer.h"
#include "tests/fakes/fake_clock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace dogged {
namespace {

// A desk whose dispatcher has jobs to start: the first exchange is through.
struct Served {
  explicit Served(int jobs) {
    options.seed = 7;
    options.max_concurrency = 2;
    desk.emplace(options, pacer, clock);
    Step first = desk->step();
    REQUIRE(first.commit.has_value());
    exchange(*first.commit, 0, jobs);
    Step second = desk->step();
    REQUIRE(second.commit.has_value());
    exchange(*second.commit, jobs, 0);
  }

  void exchange(const Commit& commit, int leased, int ready) {
    Exchange given;
    for (int i = 0; i < leased; ++i) {
      LeasedJob job;
      job.id = ++last_id;
      job.key = std::to_string(job.id);
      given.leased.push_back(std::move(job));
    }
    given.outlook.ready = ready;
    given.outlook.leased = leased;
    given.outlook.done = 1;  // nothing is suspected of its answers
    desk->with([&](Dispatcher& d, Moment t) { d.on_exchanged(commit, std::move(given), t); });
  }

  EndedAttempt answered(FetchOrder&& order) const {
    EndedAttempt ended;
    ended.job = std::move(order.job);
    ended.start = order.start;
    ended.sent = true;
    ended.http_status = 200;
    ended.verdict.outcome = Outcome::done;
    ended.answer.emplace();
    ended.answer->http_status = 200;
    ended.answer->body = "{}";
    return ended;
  }

  RunOptions options;
  FakeClock clock;
  AdaptivePacer pacer{{2, 0}, 7};
  std::optional<Desk> desk;
  JobId last_id = 0;
};

TEST_CASE("who hands in an ending goes on with the next order") {
  Served s(10);
  Step step = s.desk->step();
  REQUIRE(step.start.size() == 2);
  const auto next = s.desk->hand_in(s.answered(std::move(step.start[0]))).order;
  REQUIRE(next.has_value());
  CHECK(next->job.id == 3);
  CHECK(s.desk->step().start.empty());
}

TEST_CASE("a commit that another thread's step asks for is left to the run's thread, once") {
  Served s(1);
  Step step = s.desk->step();
  REQUIRE(step.start.size() == 1);
  CHECK_FALSE(s.desk->hand_in(s.answered(std::move(step.start[0]))).order.has_value());
  s.desk->wait(SteadyTime::max());  // does not: there is something to do
  const Step left = s.desk->step();
  REQUIRE(left.commit.has_value());
  CHECK(left.commit->settlements.size() == 1);
  CHECK_FALSE(s.desk->step().commit.has_value());
}

TEST_CASE("what was told while the run's thread was busy keeps it from waiting, once") {
  Served s(1);
  s.desk->wake();
  (void)s.desk->step();
  s.desk->wait(SteadyTime::max());
  s.desk->wait(SteadyTime::min());  // waits, but for nothing
  CHECK(s.desk->crash().empty());
}

TEST_CASE("an order whose thread broke ends the run, and what broke it is kept") {
  Served s(3);
  Step step = s.desk->step();
  REQUIRE(step.start.size() == 2);
  CHECK_FALSE(s.desk->hand_in(crashed_attempt(std::move(step.start[0]), "boom", {})).order);
  CHECK(s.desk->crash() == "boom");
  CHECK(s.desk->ask(&Dispatcher::ending));
}

TEST_CASE("once closed nothing is taken and nothing given") {
  Served s(10);
  Step step = s.desk->step();
  REQUIRE(step.start.size() == 2);
  s.desk->close();
  CHECK_FALSE(s.desk->hand_in(s.answered(std::move(step.start[0]))).order.has_value());
  CHECK(s.desk->ask(&Dispatcher::in_flight) == 2);
}

TEST_CASE("many threads hand in at once, and each job is started and ended once") {
  constexpr int kJobs = 500;
  Served s(kJobs);
  Step step = s.desk->step();
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  for (FetchOrder& first : step.start) {
    threads.emplace_back([&s, &ended, order = std::optional(std::move(first))]() mutable {
      while (order) {
        ++ended;
        order = s.desk->hand_in(s.answered(std::move(*order))).order;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(ended == kJobs);
  const Step left = s.desk->step();
  REQUIRE(left.commit.has_value());
  CHECK(s.desk->with([](Dispatcher& d, Moment t) { return d.report(t).done; }) == kJobs);
}

}  // namespace
}  // namespace dogged
