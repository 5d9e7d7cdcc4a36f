// SPDX-License-Identifier: MIT
// The cap on starts in each window of a clock. kNow is the beginning of a UTC day.
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

constexpr WallTime kTomorrow = kNow + std::chrono::days(1);

Caps quota(const std::string& text) {
  return {{}, {}, parse_quota(text).value()};
}

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

int granted(JobStore& store, const WorkerId& worker, int wanted, WallTime now = kNow) {
  return ask(store, worker, wanting(wanted), now).starts.count;
}

CONTRACT_CASE("a quota is granted down to its end, and the next window told") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("10/day"));
  const WorkerId worker = store->start_worker(kNow);
  const FleetView some = ask(*store, worker, wanting(7));
  CHECK(some.starts.count == 7);
  CHECK(some.starts.first_in == std::chrono::microseconds(0));
  CHECK(some.starts.spacing == std::chrono::microseconds(0));
  CHECK(some.starts.late > std::chrono::hours(24));
  CHECK(some.starts.valid_from == kNow);
  CHECK(some.starts.expires == kTomorrow);
  CHECK_FALSE(some.quota_used_up);
  CHECK(granted(*store, worker, 7, after_start(1)) == 3);
  const FleetView none = ask(*store, worker, wanting(7), after_start(2));
  CHECK(none.starts.count == 0);
  CHECK(none.quota_used_up);
  CHECK(none.starts_after == kTomorrow);
  CHECK(granted(*store, worker, 7, kTomorrow - Millis(1)) == 0);
  CHECK(granted(*store, worker, 7, kTomorrow) == 7);
}

CONTRACT_CASE("a quota is counted over workers, restarts and deaths") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("20/day@00:00 Europe/Helsinki"));
  LeaseRequest request;
  request.fleet = wanting(8);
  CHECK(backend.dying_worker(request, kNow).starts == 8);
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  CHECK(granted(*store, one, 5) == 5);
  CHECK(granted(*store, two, 5) == 5);
  store->end_worker(one, "done", kNow);
  const auto again = backend.open();
  CHECK(granted(*again, again->start_worker(kNow), 5) == 2);
  CHECK(granted(*store, two, 5, kNow + std::chrono::hours(21)) == 5);  // midnight there
}

CONTRACT_CASE("starts that come back are granted again, in the window of their grant only") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("10/day"));
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  CHECK(granted(*store, one, 4) == 4);
  CHECK(granted(*store, one, 4) == 4);
  CHECK(granted(*store, two, 4) == 2);
  ask(*store, one, giving_back(6));
  CHECK(granted(*store, two, 9) == 6);
  ask(*store, one, giving_back(1000));  // it had two left at most
  CHECK(granted(*store, two, 9) == 2);
  CHECK(granted(*store, one, 6, kTomorrow) == 6);
  ask(*store, two, giving_back(8), kTomorrow);  // of yesterday
  CHECK(granted(*store, two, 9, kTomorrow) == 4);
}

CONTRACT_CASE("a quota that is changed, or taken away for a while, knows what was used") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  limit(*store, quota("10/day"));
  CHECK(granted(*store, worker, 6) == 6);
  limit(*store, quota("8/day"));
  CHECK(granted(*store, worker, 6) == 2);
  limit(*store, quota("12/day"));
  CHECK(granted(*store, worker, 2) == 2);
  // Another window, and back: what was granted in between counts too.
  limit(*store, quota("1/min"));
  CHECK(granted(*store, worker, 5, after_start(1000)) == 1);
  CHECK(granted(*store, worker, 5, after_start(2000)) == 0);
  CHECK(granted(*store, worker, 5, after_start(61'000)) == 1);
  limit(*store, quota("20/day"));
  CHECK(granted(*store, worker, 100, after_start(62'000)) == 8);
}

CONTRACT_CASE("each quota holds, whichever worker brought it") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("10/day"));
  const WorkerId one = store->start_worker(kNow);
  const WorkerId two = store->start_worker(kNow);
  FleetRequest hourly = wanting(100);
  hourly.caps = quota("7/h");
  CHECK(ask(*store, one, hourly).starts.count == 7);
  const FleetView none = ask(*store, two, wanting(100));
  CHECK(none.quota_used_up);
  CHECK(none.starts_after == kNow + std::chrono::hours(1));
  const WallTime later = kNow + std::chrono::hours(1);
  const FleetView rest = ask(*store, one, hourly, later);
  CHECK(rest.starts.count == 3);
  CHECK(rest.starts.valid_from == later);  // the latest that began
  CHECK(rest.starts.expires == later + std::chrono::hours(1));
  CHECK(ask(*store, one, hourly, later).starts_after == kTomorrow);
}

CONTRACT_CASE("a clock that steps forward and back, by days too, gives nothing twice") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("10/day"));
  const WorkerId worker = store->start_worker(kNow);
  CHECK(granted(*store, worker, 9, after_start(1)) == 9);
  for (int days = 1; days < 6; ++days) {
    CHECK(granted(*store, worker, 4, kNow + std::chrono::days(days)) == 4);
  }
  CHECK(granted(*store, worker, 9, after_start(2)) == 1);
  ask(*store, worker, giving_back(9), after_start(3));  // one is of today at most
  CHECK(granted(*store, worker, 9, after_start(4)) == 1);
  CHECK(granted(*store, worker, 9, kNow + std::chrono::days(5)) == 6);
}

CONTRACT_CASE("of many windows those in force are kept") {
  Backend backend;
  const auto store = backend.open();
  Caps caps = quota("1/min");
  limit(*store, quota("50/day"));
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest minutely = wanting(5);
  minutely.caps = caps;
  for (int minute = 0; minute < 40; ++minute) {
    CHECK(ask(*store, worker, minutely, after_start(minute * 60'000)).starts.count == 1);
  }
  CHECK(ask(*store, worker, minutely, after_start(39 * 60'000 + 1)).starts.count == 0);
  // A step back by some minutes finds them counted.
  CHECK(ask(*store, worker, minutely, after_start(30 * 60'000)).starts.count == 0);
  CHECK(granted(*store, worker, 50, after_start(40 * 60'000)) == 10);
  CHECK(store->setting(setting::kQuotaUsed)->size() < 2000);
}

CONTRACT_CASE("the window in force is counted also where later ones are remembered") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("10/day"));
  const WorkerId worker = store->start_worker(kNow);
  for (int days = 1; days < 30; ++days) {
    CHECK(granted(*store, worker, 4, kNow + std::chrono::days(days)) == 4);
  }
  CHECK(granted(*store, worker, 7) == 7);
  CHECK(granted(*store, worker, 7, after_start(1)) == 3);
}

CONTRACT_CASE("what was started while no cap held counts in the windows that are remembered") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest capped = wanting(100);
  capped.caps = quota("100/day");
  FleetRequest free;
  free.ungranted = 60;
  ask(*store, worker, free);  // of no quota yet
  CHECK_FALSE(store->setting(setting::kQuotaUsed).has_value());
  capped.starts = 10;
  CHECK(ask(*store, worker, capped, after_start(1)).starts.count == 10);
  ask(*store, worker, free, after_start(2));
  capped.starts = 100;
  capped.ungranted = 5;  // up to the exchange in which the cap came
  CHECK(ask(*store, worker, capped, after_start(3)).starts.count == 25);
  capped.ungranted = 0;
  CHECK(ask(*store, worker, capped, after_start(4)).quota_used_up);
  // Those are no grants that could come back, and tomorrow has none of them.
  ask(*store, worker, giving_back(1000), after_start(5));
  CHECK(ask(*store, worker, capped, after_start(6)).starts.count == 35);
  ask(*store, worker, free, kTomorrow);
  CHECK(ask(*store, worker, capped, kTomorrow).starts.count == 100);
}

CONTRACT_CASE("a rate and a quota hold together") {
  Backend backend;
  const auto store = backend.open();
  Caps both = quota("30/day");
  both.rate = Rate{100, Millis(1000)};
  limit(*store, both);
  const WorkerId worker = store->start_worker(kNow);
  const FleetView first = ask(*store, worker, wanting(100));
  CHECK(first.starts.count == 24);
  CHECK(first.starts.expires == kTomorrow);
  CHECK(granted(*store, worker, 100, after_start(1000)) == 6);
  CHECK(ask(*store, worker, wanting(100), after_start(2000)).quota_used_up);
}

CONTRACT_CASE("a paused store grants nothing of its quota") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("5/day"));
  const WorkerId worker = store->start_worker(kNow);
  store->put_setting(setting::kPaused, "1714521600000");
  CHECK(granted(*store, worker, 5) == 0);
  store->put_setting(setting::kPaused, "");
  CHECK(granted(*store, worker, 5) == 5);
}

CONTRACT_CASE("who asks for nothing is told that the quota is used up") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, quota("5/day"));
  const WorkerId worker = store->start_worker(kNow);
  CHECK_FALSE(ask(*store, worker).quota_used_up);
  CHECK(granted(*store, worker, 5) == 5);
  CHECK(ask(*store, worker).quota_used_up);
  CHECK(ask(*store, worker).starts_after == kTomorrow);
  CHECK_FALSE(ask(*store, worker, {}, kTomorrow).quota_used_up);
}

}  // namespace
}  // namespace dogged::contract
