// SPDX-License-Identifier: MIT
// The wait that a server asks for, and the canary of an outage.
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

FleetRequest down() {
  FleetRequest request;
  request.outage = true;
  return request;
}

// Told of the outage, or told it, before.
FleetRequest knowing() {
  FleetRequest request;
  request.outage_is_known = true;
  return request;
}

FleetRequest answered(WallTime at) {
  FleetRequest request;
  request.answered_at = at;
  return request;
}

FleetRequest waiting(WallTime until) {
  FleetRequest request;
  request.wait_until = until;
  return request;
}

CONTRACT_CASE("the wait that a server asked of one worker is told to all, the latest of them") {
  Backend backend;
  const auto a = backend.open();
  const auto b = backend.open();
  const WorkerId one = a->start_worker(kNow);
  const WorkerId two = b->start_worker(kNow);
  CHECK(ask(*a, one, waiting(after_start(60'000))).wait_until == after_start(60'000));
  CHECK(ask(*b, two).wait_until == after_start(60'000));
  CHECK(ask(*b, two, waiting(after_start(30'000))).wait_until == after_start(60'000));
  CHECK(ask(*b, two, waiting(after_start(90'000))).wait_until == after_start(90'000));
  CHECK(ask(*a, one, {}, after_start(100'000)).wait_until == after_start(90'000));
  CHECK(a->setting(setting::kWait) == std::to_string(to_ms(after_start(90'000))));
  a->put_setting(setting::kWait, "");
  CHECK_FALSE(ask(*b, two).wait_until.has_value());
}

CONTRACT_CASE("a kept wait that no server asks for does not hide the one that it does") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  for (const char* kept : {"9223372036854775807", "7226582400000", "soon", "0"}) {
    store->put_setting(setting::kWait, kept);
    CHECK(ask(*store, worker, waiting(after_start(60'000))).wait_until == after_start(60'000));
  }
}

CONTRACT_CASE("the first to find an outage is its canary") {
  Backend backend;
  const auto a = backend.open();
  const auto b = backend.open();
  const WorkerId one = a->start_worker(kNow);
  const WorkerId two = b->start_worker(kNow);
  const FleetView found = ask(*a, one, down(), after_start(5));
  CHECK(found.outage_since == after_start(5));
  CHECK(found.canary);
  const FleetView other = ask(*b, two, down(), after_start(9));
  CHECK(other.outage_since == after_start(5));
  CHECK_FALSE(other.canary);
  CHECK(ask(*a, one, down(), after_start(20)).canary);
  CHECK_FALSE(ask(*b, two, {}, after_start(30)).canary);
}

CONTRACT_CASE("one answer ends an outage, and who finds it again begins a new one") {
  Backend backend;
  const auto a = backend.open();
  const auto b = backend.open();
  const WorkerId one = a->start_worker(kNow);
  const WorkerId two = b->start_worker(kNow);
  ask(*a, one, down());
  CHECK_FALSE(ask(*b, two, answered(after_start(1)), after_start(1)).outage_since.has_value());
  CHECK_FALSE(ask(*b, two, {}, after_start(2)).outage_since.has_value());
  const FleetView again = ask(*a, one, down(), after_start(3));
  CHECK(again.outage_since == after_start(3));
  CHECK(again.canary);
  CHECK_FALSE(ask(*a, one, answered(after_start(4)), after_start(4)).outage_since.has_value());
}

CONTRACT_CASE("an answer ends no outage that began after it") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, down(), after_start(10));
  CHECK(ask(*store, two, answered(after_start(9)), after_start(11)).outage_since ==
        after_start(10));
  CHECK_FALSE(
      ask(*store, two, answered(after_start(10)), after_start(12)).outage_since.has_value());
}

CONTRACT_CASE("who tells of an answer and of an outage has the outage later") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest both = down();
  both.answered_at = kNow;
  CHECK(ask(*store, worker, both, after_start(1)).outage_since == after_start(1));
  CHECK(ask(*store, worker, both, after_start(2)).outage_since == after_start(1));
}

CONTRACT_CASE("a canary that ended or died is replaced by the next that knows, since stays") {
  Backend backend;
  const auto store = backend.open();
  LeaseRequest request;
  request.fleet = down();
  backend.dying_worker(request, kNow);
  const WorkerId one = store->start_worker(after_start(1));
  const WorkerId two = store->start_worker(after_start(1));
  const FleetView told = ask(*store, one, {}, after_start(2));
  CHECK(told.outage_since == kNow);
  CHECK_FALSE(told.canary);
  const FleetView taken_over = ask(*store, one, knowing(), after_start(3));
  CHECK(taken_over.outage_since == kNow);
  CHECK(taken_over.canary);
  CHECK(ask(*store, one, knowing(), after_start(4)).canary);
  CHECK_FALSE(ask(*store, two, {}, after_start(5)).canary);
  store->end_worker(one, "interrupted", after_start(6));
  const FleetView handed_on = ask(*store, two, knowing(), after_start(7));
  CHECK(handed_on.canary);
  CHECK(handed_on.outage_since == kNow);
}

CONTRACT_CASE("a canary to which the cap leaves no place is followed by one that has some") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  store->put_setting(setting::kCaps, R"({"max_concurrency":1})");
  REQUIRE(ask(*store, one).permits + ask(*store, two).permits == 1);
  const bool first = ask(*store, one).permits == 1;
  const WorkerId& placed = first ? one : two;
  const WorkerId& idle = first ? two : one;
  CHECK(ask(*store, idle, down()).canary);
  CHECK(ask(*store, placed, knowing()).canary);
  CHECK_FALSE(ask(*store, idle, knowing()).canary);
}

CONTRACT_CASE("a canary that was not heard of for three heartbeats is replaced, though it lives") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, down());
  CHECK_FALSE(ask(*store, two, knowing(), after_start(14'000)).canary);
  store->heartbeat(one, [] { return ClockSight{after_start(14'500)}; });
  CHECK_FALSE(ask(*store, two, knowing(), after_start(29'000)).canary);
  CHECK_FALSE(ask(*store, two, {}, after_start(30'000)).canary);
  const FleetView taken_over = ask(*store, two, knowing(), after_start(30'000));
  CHECK(taken_over.canary);
  CHECK(taken_over.outage_since == kNow);
  CHECK_FALSE(ask(*store, one, knowing(), after_start(30'001)).canary);
}

CONTRACT_CASE("a canary that asks is heard of") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, down());
  for (int second = 1; second < 60; ++second) {
    CHECK(ask(*store, one, knowing(), after_start(second * 1000)).canary);
    CHECK_FALSE(ask(*store, two, knowing(), after_start(second * 1000 + 500)).canary);
  }
}

CONTRACT_CASE("a canary whose breaker is not open gives way to one whose is") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, down());
  CHECK(ask(*store, one, {}, after_start(1)).canary);
  CHECK(ask(*store, two, down(), after_start(2)).canary);
  CHECK_FALSE(ask(*store, one, {}, after_start(3)).canary);
  CHECK_FALSE(ask(*store, one, down(), after_start(4)).canary);
}

CONTRACT_CASE("an outage whose workers are gone is none for who comes later and is alone") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId first = store->start_worker(kNow);
  ask(*store, first, down());
  store->end_worker(first, "interrupted", after_start(1));
  const auto later = backend.open();
  const WorkerId second = later->start_worker(after_start(500'000'000));
  SUBCASE("it does not join") {
    CHECK_FALSE(ask(*later, second, {}, after_start(500'000'000)).outage_since.has_value());
  }
  SUBCASE("it finds one of its own") {
    const FleetView found = ask(*later, second, down(), after_start(500'000'000));
    CHECK(found.outage_since == after_start(500'000'000));
    CHECK(found.canary);
  }
}

CONTRACT_CASE("a worker that is left alone with an outage that it knows probes") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, down());
  CHECK_FALSE(ask(*store, two, {}, after_start(1)).canary);
  store->end_worker(one, "interrupted", after_start(2));
  const FleetView alone = ask(*store, two, knowing(), after_start(3));
  CHECK(alone.canary);
  CHECK(alone.outage_since == kNow);
}

CONTRACT_CASE("an outage that cannot be read is none, and a new one takes its place") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  store->put_setting(setting::kOutage, "long ago");
  CHECK_FALSE(ask(*store, worker).outage_since.has_value());
  CHECK(ask(*store, worker, down(), after_start(1)).outage_since == after_start(1));
  CHECK(ask(*store, worker, knowing(), after_start(2)).outage_since == after_start(1));
}

}  // namespace
}  // namespace dogged::contract
