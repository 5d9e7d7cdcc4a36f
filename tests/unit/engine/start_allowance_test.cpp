// SPDX-License-Identifier: MIT
#include "engine/start_allowance.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <vector>

namespace dogged {
namespace {

using std::chrono::microseconds;

constexpr Moment kNow{SteadyTime(std::chrono::hours(1)), WallTime(Millis(1'790'000'000'000))};

Moment after(std::chrono::microseconds d) {
  return {kNow.steady + d, kNow.wall + std::chrono::duration_cast<Millis>(d)};
}

// Slots in 100, 110, ... ms, each to be used within 5 ms.
StartGrant slots(int count) {
  StartGrant grant;
  grant.count = count;
  grant.first_in = Millis(100);
  grant.spacing = Millis(10);
  grant.late = Millis(5);
  return grant;
}

// Of a quota alone: whenever it suits.
StartGrant any_time(int count) {
  StartGrant grant;
  grant.count = count;
  grant.late = microseconds::max();
  return grant;
}

TEST_CASE("what was granted in a window is lost before it, by a clock that was set back") {
  StartAllowance allowance;
  const Moment at{SteadyTime(std::chrono::hours(1)), from_ms(1'790'000'000'000)};
  StartGrant grant;
  grant.count = 3;
  grant.valid_from = at.wall - Millis(10);
  allowance.add(grant, at);
  CHECK(allowance.next(at).has_value());
  CHECK_FALSE(allowance.next({at.steady, at.wall - Millis(11)}).has_value());
  CHECK(allowance.left() == 0);
}

TEST_CASE("nothing is allowed before a grant, and a grant of none changes nothing") {
  StartAllowance allowance;
  allowance.add(slots(0), kNow);
  CHECK_FALSE(allowance.next(kNow).has_value());
  CHECK_FALSE(allowance.last().has_value());
  CHECK(allowance.left() == 0);
  allowance.hand_back_all();
  CHECK(allowance.take_returned() == 0);
}

TEST_CASE("slots come in order, each once, also those of a later grant") {
  StartAllowance allowance;
  allowance.add(slots(2), kNow);
  allowance.add(slots(1), after(Millis(50)));
  CHECK(allowance.left() == 3);
  std::vector<SteadyTime> times;
  while (const std::optional<SteadyTime> next = allowance.next(kNow)) {
    times.push_back(*next);
    allowance.take();
  }
  CHECK(times == std::vector<SteadyTime>{kNow.steady + Millis(100), kNow.steady + Millis(110),
                                         kNow.steady + Millis(150)});
  CHECK(allowance.left() == 0);
  CHECK(allowance.returned() == 0);
}

TEST_CASE("a slot may be used until it is late, then it is returned and the next one counts") {
  StartAllowance allowance;
  allowance.add(slots(4), kNow);
  CHECK(allowance.next(after(Millis(105))) == kNow.steady + Millis(100));
  CHECK(allowance.returned() == 0);
  CHECK(allowance.next(after(Millis(105) + microseconds(1))) == kNow.steady + Millis(110));
  CHECK(allowance.left() == 3);
  CHECK(allowance.returned() == 1);
  // Two at once.
  CHECK(allowance.next(after(Millis(126))) == kNow.steady + Millis(130));
  CHECK(allowance.left() == 1);
  CHECK(allowance.returned() == 3);
  // The rest, and then the next grant's.
  allowance.add(slots(1), after(Millis(60)));
  CHECK(allowance.next(after(Millis(140))) == kNow.steady + Millis(160));
  CHECK(allowance.take_returned() == 4);
  CHECK(allowance.take_returned() == 0);
  CHECK(allowance.left() == 1);
}

TEST_CASE("what a quota alone granted is never late") {
  StartAllowance allowance;
  allowance.add(any_time(2), kNow);
  CHECK(allowance.next(after(std::chrono::hours(20))) == kNow.steady);
  allowance.take();
  CHECK(allowance.next(after(std::chrono::hours(30))) == kNow.steady);
  CHECK(allowance.left() == 1);
  CHECK(allowance.returned() == 0);
}

TEST_CASE("when the quota's window ends its starts are lost, and nobody wants them back") {
  StartAllowance allowance;
  StartGrant old = any_time(3);
  old.expires = kNow.wall + Millis(1'000);
  allowance.add(old, kNow);
  StartGrant fresh = any_time(2);
  fresh.expires = kNow.wall + Millis(61'000);
  allowance.add(fresh, after(Millis(900)));
  CHECK(allowance.next(after(Millis(999))) == kNow.steady);
  CHECK(allowance.left() == 5);
  CHECK(allowance.next(after(Millis(1'000))) == kNow.steady + Millis(900));
  CHECK(allowance.left() == 2);
  CHECK_FALSE(allowance.next(after(Millis(61'000))).has_value());
  CHECK(allowance.left() == 0);
  CHECK(allowance.returned() == 0);
}

TEST_CASE("a wall clock that steps on ends the window, though no time went by") {
  StartAllowance allowance;
  StartGrant grant = any_time(3);
  grant.expires = kNow.wall + Millis(1'000);
  allowance.add(grant, kNow);
  CHECK_FALSE(allowance.next({kNow.steady, kNow.wall + Millis(1'000)}).has_value());
}

TEST_CASE("the last one is that of the last grant, however many were made") {
  StartAllowance allowance;
  allowance.add(slots(3), kNow);
  CHECK(allowance.last() == kNow.steady + Millis(120));
  REQUIRE(allowance.next(kNow).has_value());
  allowance.take();
  CHECK(allowance.last() == kNow.steady + Millis(120));
  allowance.add(slots(2), after(Millis(100)));
  CHECK(allowance.last() == kNow.steady + Millis(210));
  CHECK_FALSE(allowance.next(after(std::chrono::hours(1))).has_value());
  CHECK_FALSE(allowance.last().has_value());
}

TEST_CASE("all that is left is handed back, beside what was late") {
  StartAllowance allowance;
  allowance.add(slots(5), kNow);
  allowance.add(any_time(7), kNow);
  REQUIRE(allowance.next(after(Millis(106))).has_value());  // one is late
  allowance.take();
  allowance.hand_back_all();
  CHECK(allowance.left() == 0);
  CHECK_FALSE(allowance.next(after(Millis(106))).has_value());
  CHECK(allowance.take_returned() == 1 + 3 + 7);
}

}  // namespace
}  // namespace dogged
