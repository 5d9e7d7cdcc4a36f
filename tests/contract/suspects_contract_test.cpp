// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

// Two deaths make a suspect: its third would convict it.
void make_suspect(StoreUnderTest& backend, JobStore& store, int jobs) {
  for (int death = 0; death < 2; ++death) {
    REQUIRE(std::ssize(backend.dying_worker({jobs, true}, kNow).leased) == jobs);
    REQUIRE(store.recover_dead_workers(kNow).given_back == jobs);
  }
}

CONTRACT_CASE("a suspect waits until nothing else is due") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  make_suspect(backend, *store, 1);
  const WorkerId worker = store->start_worker(kNow);
  const Exchange exchange = store->exchange(worker, {}, {5, true}, kNow);
  CHECK(keys(exchange.leased) == Keys{"B", "C"});
  CHECK_FALSE(exchange.outlook.next_due.has_value());  // the suspect is due
}

CONTRACT_CASE("a suspect is leased to an idle worker only, and alone") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  make_suspect(backend, *store, 2);
  const WorkerId worker = store->start_worker(kNow);
  CHECK(store->exchange(worker, {}, {5, false}, kNow).leased.empty());
  const auto leased = store->exchange(worker, {}, {5, true}, kNow).leased;
  REQUIRE(keys(leased) == Keys{"A"});
  CHECK(leased[0].deaths == 2);
  CHECK(settle(*store, worker, {done(leased[0])}).too_late.empty());
  CHECK(keys(store->exchange(worker, {}, {5, true}, kNow).leased) == Keys{"B"});
}

CONTRACT_CASE("a worker that holds a suspect is leased nothing beside it") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  make_suspect(backend, *store, 1);
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = store->exchange(worker, {}, {5, true}, kNow).leased;
  REQUIRE(keys(leased) == Keys{"A"});
  import_keys(*store, "more.csv", {"B"});
  CHECK(lease(*store, worker, 5).empty());
  const std::vector<Settlement> settlements{done(leased[0])};
  CHECK(keys(store->exchange(worker, settlements, {5, false}, kNow).leased) == Keys{"B"});
}

CONTRACT_CASE("a bystander of a suspect's last death is not convicted with it") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  make_suspect(backend, *store, 2);
  REQUIRE(keys(backend.dying_worker({5, true}, kNow).leased) == Keys{"A"});
  const Recovery recovery = store->recover_dead_workers(kNow);
  CHECK(recovery.failed == 1);
  CHECK(job(backend, "A").job.state == JobState::failed);
  CHECK(job(backend, "B").job.state == JobState::ready);
}

CONTRACT_CASE("an attempt or a refusal acquits a suspect") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  make_suspect(backend, *store, 2);
  const WorkerId worker = store->start_worker(kNow);
  auto leased = store->exchange(worker, {}, {1, true}, kNow).leased;
  settle(*store, worker, {refused(leased.at(0), kNow)});
  leased = store->exchange(worker, {}, {5, false}, kNow).leased;
  REQUIRE(keys(leased) == Keys{"A"});
  CHECK(leased[0].deaths == 0);
  settle(*store, worker, {done(leased[0])});

  leased = store->exchange(worker, {}, {1, true}, kNow).leased;
  REQUIRE(keys(leased) == Keys{"B"});
  settle(*store, worker, {retried(leased[0], kNow)});
  leased = store->exchange(worker, {}, {5, false}, kNow).leased;
  REQUIRE(keys(leased) == Keys{"B"});
  CHECK(leased[0].deaths == 0);
}

CONTRACT_CASE("a suspect given back as it was stays one") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  make_suspect(backend, *store, 1);
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = store->exchange(worker, {}, {1, true}, kNow).leased;
  settle(*store, worker, {as_it_was(leased.at(0))});
  CHECK(store->exchange(worker, {}, {1, false}, kNow).leased.empty());
  CHECK(store->exchange(worker, {}, {1, true}, kNow).leased.at(0).deaths == 2);
}

CONTRACT_CASE("a suspect that is due lets no time be told to sleep until") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  make_suspect(backend, *store, 1);
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), after_start(500))});
  CHECK_FALSE(store->exchange(worker, {}, {5, false}, kNow).outlook.next_due.has_value());
}

CONTRACT_CASE("a suspect that was put off is parked, for the run and for the overview alike") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  make_suspect(backend, *store, 1);
  const WorkerId worker = store->start_worker(kNow);
  Settlement put_off = as_it_was(store->exchange(worker, {}, {1, true}, kNow).leased.at(0));
  put_off.due = kFarAhead;
  CHECK(settle(*store, worker, {put_off}).outlook.next_due == kFarAhead);
  const Overview overview = backend.open_reader()->overview();
  CHECK(overview.jobs.next_due == kFarAhead);
  CHECK(overview.parked == 1);
}

}  // namespace
}  // namespace dogged::contract
