// SPDX-License-Identifier: MIT
// A wall clock that is set: what is stored of the future moves with it, where somebody saw it.
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

constexpr Millis kHours = std::chrono::hours(3);
constexpr Millis kMinute = std::chrono::minutes(1);

void beat(JobStore& store, const WorkerId& worker, WallTime now, Millis stepped = Millis(0)) {
  store.heartbeat(worker, [&] { return ClockSight{now, stepped}; });
}

// A, parked for a minute, and B, for five; the server's wait of ten.
struct Parked {
  explicit Parked(StoreUnderTest& backend)
      : store(backend.open()), worker(store->start_worker(kNow)) {
    import_keys(*store, "ids.csv", {"A", "B"});
    settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + kMinute)});
    settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow + 5 * kMinute)});
    FleetRequest request;
    request.wait_until = kNow + 10 * kMinute;
    ask(*store, worker, request);
  }

  std::unique_ptr<JobStore> store;
  WorkerId worker;
};

void check_moved(StoreUnderTest& backend, Parked& p, Millis by) {
  CHECK(job(backend, "A").job.due == kNow + by + kMinute);
  CHECK(job(backend, "B").job.due == kNow + by + 5 * kMinute);
  CHECK(ask(*p.store, p.worker, {}, kNow + by).wait_until == kNow + by + 10 * kMinute);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("what is parked waits no longer, and no shorter, for a clock that is set") {
  for (const Millis step : {-kHours, kHours, -3 * kMinute, 3 * kMinute, -Millis(11'000),
                            Millis(11'000), -Millis(std::chrono::hours(24 * 365 * 50))}) {
    CAPTURE(step.count());
    Backend backend;
    Parked p(backend);
    beat(*p.store, p.worker, kNow + step, step);
    check_moved(backend, p, step);
    const WallTime due = kNow + step + kMinute;
    CHECK(lease(*p.store, p.worker, 2, due - Millis(1)).empty());
    CHECK(keys(lease(*p.store, p.worker, 2, due)) == Keys{"A"});
    CHECK(keys(lease(*p.store, p.worker, 2, due + 4 * kMinute)) == Keys{"B"});
  }
}

CONTRACT_CASE("a step that two workers tell of is heeded once") {
  for (const Millis step : {-kHours, kHours}) {
    CAPTURE(step.count());
    Backend backend;
    Parked p(backend);
    const auto other = backend.open();
    const WorkerId second = other->start_worker(kNow);
    beat(*p.store, p.worker, kNow + Millis(4'000) + step, step);
    const WorkerId third = other->start_worker(kNow + step);  // that saw nothing of it
    beat(*other, second, kNow + Millis(8'000) + step, step);
    beat(*other, third, kNow + Millis(9'000) + step);
    check_moved(backend, p, step);
  }
}

CONTRACT_CASE("a worker that starts between the step and its heeding hides it from nobody") {
  Backend backend;
  Parked p(backend);
  (void)p.store->start_worker(kNow + kHours);
  beat(*p.store, p.worker, kNow + kHours, kHours);
  check_moved(backend, p, kHours);
}

CONTRACT_CASE("back and forward again, the waits are what they were") {
  Backend backend;
  Parked p(backend);
  const auto other = backend.open();
  const WorkerId second = other->start_worker(kNow);
  beat(*p.store, p.worker, kNow - kHours, -kHours);
  beat(*other, second, kNow - kHours, -kHours);
  beat(*other, second, kNow, kHours);
  beat(*p.store, p.worker, kNow, kHours);
  check_moved(backend, p, Millis(0));
}

CONTRACT_CASE("a time that is told with no step moves nothing, late or early") {
  Backend backend;
  Parked p(backend);
  const WorkerId other = p.store->start_worker(kNow);
  beat(*p.store, other, kNow + kMinute);
  for (const Millis by : {Millis(0), -Millis(9'999), -kMinute, -kHours, kHours}) {
    beat(*p.store, p.worker, kNow + by);
    (void)p.store->start_worker(kNow + by);
  }
  check_moved(backend, p, Millis(0));
}

CONTRACT_CASE("what was over before the step is not to be waited for again") {
  Backend backend;
  Parked p(backend);
  beat(*p.store, p.worker, kNow + 20 * kMinute);
  beat(*p.store, p.worker, kNow - kHours, -kHours - 20 * kMinute);
  CHECK(job(backend, "A").job.due == kNow - kHours);
  CHECK(ask(*p.store, p.worker, {}, kNow - kHours).wait_until == kNow - kHours);
}

CONTRACT_CASE("a step back between two runs is heeded by the one that comes, but for the wait") {
  Backend backend;
  Parked p(backend);
  const WallTime back = kNow - std::chrono::hours(24 * 365 * 50);
  p.store->end_worker(p.worker, "later", kNow);
  const WorkerId second = p.store->start_worker(back);
  CHECK(job(backend, "A").job.due == back + kMinute);
  CHECK(ask(*p.store, second, {}, back).wait_until == kNow + 10 * kMinute);
  CHECK(keys(lease(*p.store, second, 1, back + kMinute)) == Keys{"A"});
  p.store->end_worker(second, "later", back + kMinute);
  (void)p.store->start_worker(back + kMinute);  // once
  CHECK(job(backend, "B").job.due == back + 5 * kMinute);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("once the clock is right again the wait is what the server said") {
  Backend backend;
  Parked p(backend);
  const Millis step = std::chrono::hours(24 * 365 * 50);
  p.store->end_worker(p.worker, "later", kNow);
  const WorkerId second = p.store->start_worker(kNow - step);
  beat(*p.store, second, kNow, step);
  CHECK(job(backend, "A").job.due == kNow + kMinute);
  CHECK(ask(*p.store, second).wait_until == kNow + 10 * kMinute);
}

CONTRACT_CASE("a leased job that is given back after the step is parked for no longer") {
  Backend backend;
  Parked p(backend);
  const auto leased = lease(*p.store, p.worker, 1, kNow + kMinute);
  const WallTime back = kNow - kHours;
  beat(*p.store, p.worker, back, -kHours);
  settle(*p.store, p.worker, {as_it_was(leased.at(0))});
  CHECK(keys(lease(*p.store, p.worker, 1, back + kMinute)) == Keys{"A"});
}

CONTRACT_CASE("an outage is over with an answer by the clock that was set, and with no older one") {
  for (const Millis step : {-kHours, kHours}) {
    CAPTURE(step.count());
    Backend backend;
    const auto store = backend.open();
    const WorkerId worker = store->start_worker(kNow);
    FleetRequest down;
    down.outage = true;
    CHECK(ask(*store, worker, down).outage_since == kNow);
    const WallTime now = kNow + step;
    beat(*store, worker, now, step);
    down.answered_at = now - Millis(1);
    CHECK(ask(*store, worker, down, now).outage_since == now);
    FleetRequest answered;
    answered.answered_at = now + kMinute;
    CHECK_FALSE(ask(*store, worker, answered, now + kMinute).outage_since.has_value());
  }
}

}  // namespace
}  // namespace dogged::contract
