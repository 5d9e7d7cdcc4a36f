// SPDX-License-Identifier: MIT
// The cap on starts in a span of time: start slots.
#include "tests/contract/support.h"

#include <algorithm>

namespace dogged::contract {
namespace {

constexpr std::chrono::microseconds kSpacing{10'100};  // of 100/s
const Caps kHundred{{}, Rate{100, Millis(1000)}, {}};

FleetRequest wanting(int starts) {
  FleetRequest request;
  request.starts = starts;
  return request;
}

FleetRequest giving_back(int starts) {
  FleetRequest request;
  request.returned = starts;
  request.holds_starts = false;
  return request;
}

// When the first start of the grant may happen, after kNow.
std::chrono::microseconds first(const FleetView& view, WallTime now = kNow) {
  return (now - kNow) + view.starts.first_in;
}

CONTRACT_CASE("starts under a rate come one after the other, whoever makes them") {
  Backend backend;
  const auto a = backend.open();
  const auto b = backend.open();
  limit(*a, kHundred);
  const WorkerId one = a->start_worker(kNow);
  const WorkerId two = b->start_worker(kNow);
  const FleetView of_one = ask(*a, one, wanting(5));
  CHECK(of_one.starts.count == 5);
  CHECK(first(of_one) == std::chrono::microseconds(0));
  CHECK(of_one.starts.spacing == kSpacing);
  CHECK(of_one.starts.late == Millis(8));
  CHECK_FALSE(of_one.starts.expires.has_value());
  const FleetView of_two = ask(*b, two, wanting(3), after_start(2));
  CHECK(of_two.starts.count == 3);
  CHECK(first(of_two, after_start(2)) == 5 * kSpacing);
  CHECK(first(ask(*a, one, wanting(1), after_start(3)), after_start(3)) == 8 * kSpacing);
}

CONTRACT_CASE("slots begin when the worker has heard of them") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  FleetRequest slow = wanting(3);
  slow.lead = Millis(45);
  CHECK(first(ask(*store, one, slow)) == Millis(45));
  slow.lead = Millis(30);
  CHECK(first(ask(*store, two, slow)) == Millis(45) + 3 * kSpacing);
  CHECK(first(ask(*store, one, slow, after_start(500)), after_start(500)) == Millis(530));
}

CONTRACT_CASE("slower exchanges do not leave the others without slots") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  FleetRequest slow = wanting(5);
  slow.lead = Millis(800);
  CHECK(first(ask(*store, one, slow)) == Millis(800));
  CHECK(first(ask(*store, two, wanting(5))) == Millis(800) + 5 * kSpacing);
  CHECK(ask(*store, two, wanting(5)).starts.count == 0);  // it holds some
}

CONTRACT_CASE("slots outlive the worker that took them, also one that died") {
  Backend backend;
  const auto store = backend.open();
  LeaseRequest request;
  request.fleet = wanting(6);
  request.fleet.caps = kHundred;
  CHECK(backend.dying_worker(request, kNow).starts == 6);
  limit(*store, kHundred);
  const WorkerId worker = store->start_worker(after_start(1));
  const FleetView view = ask(*store, worker, wanting(1), after_start(1));
  CHECK(first(view, after_start(1)) == 6 * kSpacing);
  store->end_worker(worker, "done", after_start(2));
  const auto again = backend.open();
  CHECK(first(ask(*again, again->start_worker(kNow), wanting(1), after_start(2)), after_start(2)) ==
        7 * kSpacing);
}

CONTRACT_CASE("slots are reserved a quarter of a second ahead, and a worker is told when to come") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  int taken = ask(*store, one, wanting(1000)).starts.count;
  CHECK(taken == 12);  // a half of what the horizon holds
  taken += ask(*store, two, wanting(1000)).starts.count;
  const FleetView none = ask(*store, one, wanting(1000));
  CHECK(none.starts.count == 0);
  CHECK_FALSE(none.quota_used_up);
  REQUIRE(none.starts_after.has_value());
  CHECK(*none.starts_after > kNow);
  CHECK(*none.starts_after < after_start(250));
  CHECK(ask(*store, one, wanting(1000), *none.starts_after).starts.count > 5);
  CHECK(taken == 24);
}

CONTRACT_CASE("slots that come back are granted again") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId one = store->start_worker(kNow);
  ask(*store, one, wanting(2));
  ask(*store, one, wanting(4), after_start(1));
  // Six slots; at 12 ms the first two may be used.
  ask(*store, one, giving_back(4), after_start(12));
  store->end_worker(one, "done", after_start(12));
  const WorkerId two = store->start_worker(after_start(13));
  CHECK(first(ask(*store, two, wanting(1), after_start(13)), after_start(13)) == 2 * kSpacing);
}

CONTRACT_CASE("slots do not come back from before another worker's") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  ask(*store, one, wanting(5));
  ask(*store, two, wanting(5));
  ask(*store, one, wanting(2));
  ask(*store, one, giving_back(7));  // five of which stand before two's
  CHECK(first(ask(*store, two, wanting(1))) == 10 * kSpacing);
  ask(*store, one, giving_back(7));  // it has none
  CHECK(first(ask(*store, two, wanting(1))) == 11 * kSpacing);
}

CONTRACT_CASE("no slot comes back while its worker holds some: it may be one that it uses") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  const WorkerId worker = store->start_worker(kNow);
  ask(*store, worker, wanting(5));
  FleetRequest some = giving_back(1);
  some.holds_starts = true;
  ask(*store, worker, some);
  CHECK(first(ask(*store, worker, wanting(1))) == 5 * kSpacing);
}

CONTRACT_CASE("a paused store grants no starts") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kHundred);
  store->put_setting(setting::kPaused, "1714521600000");
  const WorkerId worker = store->start_worker(kNow);
  CHECK(ask(*store, worker, wanting(5)).starts.count == 0);
  store->put_setting(setting::kPaused, "");
  CHECK(first(ask(*store, worker, wanting(5))) == std::chrono::microseconds(0));
}

CONTRACT_CASE("a rate that was raised counts at once, and one start a day is kept for a day") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  limit(*store, Caps{{}, Rate{1, std::chrono::days(1)}, {}});
  CHECK(ask(*store, worker, wanting(5)).starts.count == 1);
  const FleetView none = ask(*store, worker, wanting(5), after_start(3'600'000));
  CHECK(none.starts.count == 0);
  REQUIRE(none.starts_after.has_value());
  CHECK(*none.starts_after > kNow + std::chrono::hours(23));
  limit(*store, kHundred);
  ask(*store, worker, wanting(5), after_start(3'600'000));
  CHECK(ask(*store, worker, wanting(5), after_start(3'600'300)).starts.count == 5);
}

}  // namespace
}  // namespace dogged::contract
