// SPDX-License-Identifier: MIT
#include "pace/start_slots.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using dogged::Millis;
using dogged::Rate;
using dogged::reserve_slots;
using dogged::return_slots;
using dogged::SlotGrant;
using dogged::spacing_of;
using dogged::WallTime;
using std::chrono::microseconds;

namespace {

const WallTime kNow = dogged::from_ms(1'790'000'000'000);
constexpr std::int64_t kNowUs = 1'790'000'000'000'000;
const Rate kHundred{100, Millis(1000)};
constexpr std::int64_t kSpacing = 10'100;  // of it, in microseconds

}  // namespace

TEST_CASE("slots stand one hundredth further apart than the rate, 50 ms a window at most") {
  struct Row {
    Rate rate;
    std::int64_t spacing_us, late_us;
  };
  const Row rows[] = {{{100, Millis(1000)}, 10'100, 8'000},
                      {{5000, Millis(1000)}, 202, 8'000},
                      {{1, Millis(1000)}, 1'010'000, 8'000},
                      {{0.5, Millis(1000)}, 2'020'000, 16'000},
                      {{300, std::chrono::minutes(1)}, 200'167, 40'000},
                      {{1, std::chrono::days(1)}, 86'400'050'000, 40'000},
                      {{1e12, Millis(1000)}, 1, 8'000},
                      {{5, Millis(100)}, 21'000, 4'000}};
  for (const Row& row : rows) {
    CAPTURE(dogged::format_rate(row.rate));
    CHECK(spacing_of(row.rate).spacing == microseconds(row.spacing_us));
    CHECK(spacing_of(row.rate).late == microseconds(row.late_us));
    CHECK(dogged::keeps(row.rate, row.rate));
  }
}

TEST_CASE("the first slot is now, and the next goes on where the line ends") {
  const SlotGrant first = reserve_slots(0, kHundred, {3, 1}, kNow);
  CHECK(first.count == 3);
  CHECK(first.first_in == microseconds(0));
  CHECK(first.next_us == kNowUs + 3 * kSpacing);
  const SlotGrant second = reserve_slots(first.next_us, kHundred, {1, 1}, kNow + Millis(5));
  CHECK(second.count == 1);
  CHECK(second.first_in == microseconds(3 * kSpacing - 5'000));
}

TEST_CASE("no more is granted than the horizon holds, nor than one worker's part of it") {
  const SlotGrant all = reserve_slots(0, kHundred, {1000, 1}, kNow);
  CHECK(all.count == 24);
  CHECK(reserve_slots(0, kHundred, {1000, 3}, kNow).count == 8);
  CHECK(reserve_slots(0, kHundred, {1000, 100}, kNow).count == 1);
  CHECK(reserve_slots(0, {5000, Millis(1000)}, {100'000, 1}, kNow).count == 1237);
  CHECK(reserve_slots(0, {1, std::chrono::days(1)}, {1000, 1}, kNow).count == 1);
}

TEST_CASE("who comes when the line is reserved is told when to ask again") {
  const SlotGrant all = reserve_slots(0, kHundred, {1000, 1}, kNow);
  const SlotGrant none = reserve_slots(all.next_us, kHundred, {1000, 1}, kNow);
  CHECK(none.count == 0);
  CHECK(none.next_us == all.next_us);
  CHECK(none.ask_again > kNow);
  CHECK(reserve_slots(none.next_us, kHundred, {1000, 1}, none.ask_again).count > 1);
  CHECK(reserve_slots(none.next_us, kHundred, {1000, 1}, none.ask_again - Millis(1)).count == 0);
}

TEST_CASE("a start a day is kept over a restart, and granted just before it may be made") {
  const Rate daily{1, std::chrono::days(1)};
  const SlotGrant first = reserve_slots(0, daily, {5, 1}, kNow);
  CHECK(first.count == 1);
  const SlotGrant none = reserve_slots(first.next_us, daily, {5, 1}, kNow + std::chrono::hours(3));
  CHECK(none.count == 0);
  CHECK(none.next_us == first.next_us);
  CHECK(none.ask_again == kNow + std::chrono::days(1) + Millis(50 - 125));
  CHECK(reserve_slots(first.next_us, daily, {5, 1}, none.ask_again).count == 1);
}

TEST_CASE("no slot comes before its worker can hear of it") {
  const SlotGrant first = reserve_slots(0, kHundred, {3, 1, Millis(45)}, kNow);
  CHECK(first.count == 3);
  CHECK(first.first_in == Millis(45));
  CHECK(first.next_us == kNowUs + 45'000 + 3 * kSpacing);
  CHECK(reserve_slots(0, kHundred, {1000, 1, Millis(45)}, kNow).count == 24);
  // Where the line ends later than that, it goes on there, as far as the horizon after the lead.
  const SlotGrant second = reserve_slots(first.next_us, kHundred, {1000, 1, Millis(45)}, kNow);
  CHECK(second.first_in == microseconds(45'000 + 3 * kSpacing));
  CHECK(second.count == 22);
  const SlotGrant none = reserve_slots(second.next_us, kHundred, {9, 1, Millis(45)}, kNow);
  CHECK(none.count == 0);
  CHECK(reserve_slots(none.next_us, kHundred, {9, 1, Millis(45)}, none.ask_again).count > 1);
  CHECK(reserve_slots(0, kHundred, {1, 1, Millis(60'000)}, kNow).first_in == Millis(2000));
  CHECK(reserve_slots(0, kHundred, {1, 1, Millis(-7)}, kNow).first_in == Millis(0));
}

TEST_CASE("a worker of quick exchanges is not left without slots by one of slow ones") {
  std::int64_t next = 0;
  std::int64_t until[] = {0, 0};  // of the last grant of each
  int granted[] = {0, 0};
  const microseconds leads[] = {Millis(300), Millis(0)};
  for (int ms = 0; ms < 10'000; ++ms) {
    for (int i = 0; i < 2; ++i) {
      const std::int64_t hears_us = kNowUs + ms * 1000 + leads[i].count();
      if (until[i] > hears_us + 60'000) {
        continue;  // it has enough
      }
      const SlotGrant grant =
          reserve_slots(next, kHundred, {100, 2, leads[i], until[i] > hears_us}, kNow + Millis(ms));
      next = grant.next_us;
      granted[i] += grant.count;
      until[i] = grant.count > 0 ? next : until[i];
    }
  }
  CHECK(granted[0] + granted[1] > 970);
  CHECK(granted[0] > 200);
  CHECK(granted[1] > 200);
}

TEST_CASE("nobody who wants nothing moves the line") {
  CHECK(reserve_slots(17, kHundred, {0, 1}, kNow).next_us == 17);
  CHECK(reserve_slots(17, kHundred, {-1, 1}, kNow).count == 0);
}

TEST_CASE("a clock that stepped back stalls a run for some seconds at most") {
  const std::int64_t far = kNowUs + std::int64_t{3600} * 1'000'000;
  const SlotGrant cut = reserve_slots(far, kHundred, {10, 1}, kNow);
  CHECK(cut.count == 0);
  CHECK(cut.next_us == kNowUs + 2'250'000 + 10'100);
  CHECK(reserve_slots(cut.next_us, kHundred, {10, 1}, kNow + Millis(2200)).count == 10);
  const std::int64_t near = kNowUs + 12'250'000 + 10'100;
  CHECK(reserve_slots(near, kHundred, {10, 1}, kNow).next_us == near);
  CHECK(reserve_slots(near + 1, kHundred, {10, 1}, kNow).next_us == kNowUs + 2'250'000 + 10'100);
}

TEST_CASE("an exchange whose time is older than the one before cuts nothing off the line") {
  const SlotGrant first = reserve_slots(0, kHundred, {100, 1}, kNow);
  const SlotGrant late = reserve_slots(first.next_us, kHundred, {100, 1}, kNow - Millis(3000));
  CHECK(late.count == 0);
  CHECK(late.next_us == first.next_us);
  CHECK(late.ask_again < kNow + Millis(250));
}

TEST_CASE("returned slots are free again but for those that may have come") {
  const std::int64_t next = kNowUs + 10 * kSpacing;  // ten slots from kNow
  CHECK(return_slots(next, kNowUs, kHundred, 4, kNow) == next - 4 * kSpacing);
  CHECK(return_slots(next, kNowUs, kHundred, 10, kNow) == next - 9 * kSpacing);
  CHECK(return_slots(next, kNowUs, kHundred, 10, kNow + Millis(50)) == next - 4 * kSpacing);
  CHECK(return_slots(next, kNowUs, kHundred, 10, kNow + Millis(500)) == next);
  CHECK(return_slots(next, next - 2 * kSpacing, kHundred, 10, kNow) == next - 2 * kSpacing);
  CHECK(return_slots(next, kNowUs, kHundred, -3, kNow) == next);
}

TEST_CASE("no window of the rate ever has more starts than its count") {
  CHECK(rc::check("slots", [] {
    const auto per = Millis(*rc::gen::element(100, 1000, 60'000, 3'600'000));
    const Rate rate{static_cast<double>(*rc::gen::inRange(1, 400)), per};
    const auto steps = *rc::gen::inRange(1, 60);
    std::vector<std::int64_t> starts;  // real time in microseconds
    std::int64_t next = 0;
    std::int64_t real = kNowUs;
    std::int64_t stepped_back = 0;
    for (int step = 0; step < steps; ++step) {
      real += *rc::gen::inRange(0, 400'000);
      stepped_back +=
          *rc::gen::weightedElement<std::int64_t>({{18, 0}, {1, 7'000'000}, {1, 70'000'000}});
      const WallTime now = dogged::from_ms((real - stepped_back) / 1000);
      const microseconds lead(*rc::gen::element(0, 0, 45'000, 700'000, 9'000'000));
      const SlotGrant grant = reserve_slots(
          next, rate, {*rc::gen::inRange(0, 40), 1, lead, *rc::gen::arbitrary<bool>()}, now);
      next = grant.next_us;
      // The worker takes its monotonic clock's time for `now`: up to 1 ms too late.
      for (int i = 0; i < grant.count; ++i) {
        const std::int64_t slot = grant.first_in.count() + i * grant.spacing.spacing.count();
        const auto late = *rc::gen::inRange<std::int64_t>(0, grant.spacing.late.count() + 1);
        starts.push_back(real + slot + late);
      }
    }
    std::sort(starts.begin(), starts.end());
    const auto count = static_cast<std::size_t>(rate.count);
    const std::int64_t window = microseconds(per).count();
    for (std::size_t i = count; i < starts.size(); ++i) {
      RC_ASSERT(starts[i] - starts[i - count] >= window);
    }
  }));
}
