// SPDX-License-Identifier: MIT
// A wall clock that is set back: what is stored of the future does not wait for it to come back.
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

constexpr Millis kHours = std::chrono::hours(3);
constexpr Millis kMinute = std::chrono::minutes(1);

CONTRACT_CASE("what was parked before the clock was set back waits no longer for it") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + kMinute)});
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + 5 * kMinute)});
  const WallTime back = kNow - kHours;
  CHECK(lease(*store, worker, 2, back + kMinute).empty());

  store->heartbeat(worker, back);
  CHECK(job(backend, "A").job.due == back + kMinute);
  CHECK(job(backend, "B").job.due == back + 5 * kMinute);
  store->heartbeat(worker, back);  // one step is heeded once
  CHECK(lease(*store, worker, 2, back + kMinute - Millis(1)).empty());
  CHECK(keys(lease(*store, worker, 2, back + kMinute)) == Keys{"A"});
  CHECK(keys(lease(*store, worker, 2, back + 5 * kMinute)) == Keys{"B"});
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a step back between two runs is heeded by the one that comes") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId first = store->start_worker(kNow);
  settle(*store, first, {refused(lease(*store, first, 1).at(0), kNow + kMinute)});
  store->end_worker(first, "later", kNow);

  const WallTime back = kNow - std::chrono::hours(24 * 365 * 50);
  const WorkerId second = store->start_worker(back);
  CHECK(job(backend, "A").job.due == back + kMinute);
  CHECK(keys(lease(*store, second, 1, back + kMinute)) == Keys{"A"});
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a leased job that is given back after the step is parked for no longer") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + kMinute)});
  const auto leased = lease(*store, worker, 1, kNow + kMinute);
  const WallTime back = kNow - kHours;
  store->heartbeat(worker, back);
  settle(*store, worker, {as_it_was(leased.at(0))});
  CHECK(keys(lease(*store, worker, 1, back + kMinute)) == Keys{"A"});
}

CONTRACT_CASE("the server's wait is moved with the clock") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest request;
  request.wait_until = kNow + 10 * kMinute;
  ask(*store, worker, request);
  const WallTime back = kNow - kHours;
  store->heartbeat(worker, back);
  CHECK(ask(*store, worker, {}, back).wait_until == back + 10 * kMinute);
}

CONTRACT_CASE("an outage is over with an answer that a clock set back dates before it") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest down;
  down.outage = true;
  CHECK(ask(*store, worker, down).outage_since == kNow);
  const WallTime back = kNow - kHours;
  store->heartbeat(worker, back);
  FleetRequest answered;
  answered.answered_at = back + kMinute;
  CHECK_FALSE(ask(*store, worker, answered, back + kMinute).outage_since.has_value());
}

CONTRACT_CASE("a clock that is a little behind, or steps forward, moves nothing") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + kMinute)});
  store->heartbeat(worker, kNow - Millis(9'999));
  CHECK(job(backend, "A").job.due == kNow + kMinute);
  store->heartbeat(worker, kNow + kHours);
  CHECK(job(backend, "A").job.due == kNow + kMinute);
}

}  // namespace
}  // namespace dogged::contract
