// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

CONTRACT_CASE("a worker's id is 16 hexadecimal digits and new every time") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId first = store->start_worker(kNow);
  const WorkerId second = store->start_worker(kNow);
  CHECK(first != second);
  CHECK(first.size() == 16);
  CHECK(first.find_first_not_of("0123456789abcdef") == std::string::npos);
}

CONTRACT_CASE("a worker is alive from its start to its end") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  const WorkerInfo info = backend.open_reader()->overview().workers.at(0);
  CHECK(info.id == worker);
  CHECK(info.alive);
  CHECK_FALSE(info.host.empty());
  CHECK(info.pid > 0);
  CHECK(info.started_at == kNow);
  CHECK_FALSE(info.ended_at.has_value());

  store->end_worker(worker, "all done", after_start(5000));
  const WorkerInfo ended = backend.open_reader()->overview().workers.at(0);
  CHECK_FALSE(ended.alive);
  CHECK(ended.ended_at == after_start(5000));
  CHECK(ended.ended_because == "all done");
}

CONTRACT_CASE("a heartbeat tells when the worker was last seen") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  store->heartbeat(worker, [] { return ClockSight{after_start(9000)}; });
  const WorkerInfo info = backend.open_reader()->overview().workers.at(0);
  CHECK(info.seen_at == after_start(9000));
  CHECK(info.started_at == kNow);
}

CONTRACT_CASE("a worker that ends gives its leases back as they were") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId first = store->start_worker(kNow);
  settle(*store, first, {retried(lease(*store, first, 1).at(0), after_start(10))});
  CHECK(lease(*store, first, 2, after_start(10)).size() == 2);
  store->end_worker(first, "interrupted", after_start(20));

  const WorkerId second = store->start_worker(kNow);
  const QueueOutlook left = totals(*store, second);
  CHECK(left.ready == 2);
  CHECK(left.leased == 0);
  const auto again = lease(*store, second, 2, after_start(20));
  REQUIRE(keys(again) == Keys{"A", "B"});
  CHECK(again[0].due == after_start(10));
  CHECK(again[0].attempts == 1);
  CHECK(again[0].deaths == 0);
  CHECK(again[1].due == WallTime{});
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("what a worker settles after its end is too late") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  store->end_worker(worker, "interrupted", kNow);
  CHECK(settle(*store, worker, {done(leased.at(0))}).too_late == std::vector{leased[0].id});
  CHECK(job(backend, "A").job.state == JobState::ready);
}

CONTRACT_CASE("a living worker's leases are not given back, whoever looks and however late") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  const auto other = backend.open();
  const Recovery recovery = other->recover_dead_workers(kNow + std::chrono::days(30));
  CHECK(recovery.dead_workers == 0);
  CHECK(recovery.given_back == 0);
  CHECK(settle(*store, worker, {done(leased.at(0))}).too_late.empty());
}

CONTRACT_CASE("a dead worker's jobs are ready at once") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  const DeadWorker dead = backend.dying_worker({2, false}, kNow);
  REQUIRE(keys(dead.leased) == Keys{"A", "B"});

  const Recovery recovery = store->recover_dead_workers(after_start(1));
  CHECK(recovery.dead_workers == 1);
  CHECK(recovery.given_back == 2);
  CHECK(recovery.failed == 0);
  const WorkerId worker = store->start_worker(after_start(1));
  const auto leased = lease(*store, worker, 3, after_start(1));
  REQUIRE(keys(leased) == Keys{"A", "B", "C"});
  CHECK(leased[0].deaths == 1);
  CHECK(leased[0].attempts == 0);
  CHECK(leased[0].epoch > dead.leased[0].epoch);
  CHECK(leased[2].deaths == 0);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a worker's death leaves an attempt that was interrupted, and an end") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const DeadWorker dead = backend.dying_worker({1, false}, kNow);
  store->recover_dead_workers(after_start(1));

  const JobDetail detail = job(backend, "A");
  REQUIRE(detail.attempts.size() == 1);
  CHECK(detail.attempts[0].epoch == dead.leased.at(0).epoch);
  CHECK(detail.attempts[0].record.outcome == Outcome::interrupted);
  const auto workers = backend.open_reader()->overview().workers;
  REQUIRE(workers.size() == 1);
  CHECK_FALSE(workers[0].alive);
  CHECK(workers[0].ended_at == after_start(1));
  CHECK_FALSE(workers[0].ended_because.empty());
}

CONTRACT_CASE("the dead are recovered once") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  backend.dying_worker({1, false}, kNow);
  CHECK(store->recover_dead_workers(kNow).dead_workers == 1);
  const Recovery again = backend.open()->recover_dead_workers(kNow);
  CHECK(again.dead_workers == 0);
  CHECK(again.given_back == 0);
  CHECK(job(backend, "A").attempts.size() == 1);
}

CONTRACT_CASE("a worker that died without a lease is recovered too") {
  Backend backend;
  const auto store = backend.open();
  backend.dying_worker({0, false}, kNow);
  const Recovery recovery = store->recover_dead_workers(kNow);
  CHECK(recovery.dead_workers == 1);
  CHECK(recovery.given_back == 0);
}

CONTRACT_CASE("a job that was leased three times by workers that died is failed with that reason") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  for (int death = 1; death < 3; ++death) {
    REQUIRE(backend.dying_worker({1, true}, kNow).leased.size() == 1);
    CHECK(store->recover_dead_workers(kNow).given_back == 1);
  }
  REQUIRE(backend.dying_worker({1, true}, kNow).leased.size() == 1);
  const Recovery last = store->recover_dead_workers(after_start(7));
  CHECK(last.dead_workers == 1);
  CHECK(last.given_back == 0);
  CHECK(last.failed == 1);

  const JobDetail detail = job(backend, "A");
  CHECK(detail.job.state == JobState::failed);
  CHECK(detail.job.error.find("died") != std::string::npos);
  CHECK(detail.job.settled_at == after_start(7));
  CHECK(detail.job.attempts == 0);
  CHECK(detail.attempts.size() == 3);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("several dead workers are recovered in one go") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  backend.dying_worker({1, false}, kNow);
  backend.dying_worker({2, false}, kNow);
  const Recovery recovery = store->recover_dead_workers(kNow);
  CHECK(recovery.dead_workers == 2);
  CHECK(recovery.given_back == 3);
  CHECK(faults(backend).empty());
}

}  // namespace
}  // namespace dogged::contract
