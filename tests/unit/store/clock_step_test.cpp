// SPDX-License-Identifier: MIT
#include "store/clock_step.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

constexpr WallTime kNow{Millis(1'790'000'000'000)};
constexpr Millis kHour = std::chrono::hours(1);

TEST_CASE("a step is what neither the steady clock nor the machine's sleep accounts for") {
  struct Row {
    std::int64_t wall, steady, slept, step;  // seconds
  };
  const Row rows[] = {
      {5, 5, 0, 0},       {0, 0, 0, 0},         {605, 5, 600, 0},        {5, 605, 0, -600},
      {15, 5, 0, 0},      {16, 5, 0, 11},       {-5, 5, 0, 0},           {-6, 5, 0, -11},
      {3605, 5, 0, 3600}, {-3595, 5, 0, -3600}, {4205, 5, 600, 3600},    {600, 600, 0, 0},
      {5, 5, 600, -600},  {595, 600, 0, 0},     {-86395, 5, 0, -86'400},
  };
  for (const Row& row : rows) {
    CAPTURE(row.wall);
    CAPTURE(row.steady);
    CAPTURE(row.slept);
    const auto s = [](std::int64_t n) { return Millis(n * 1000); };
    CHECK(step_of(s(row.wall), s(row.steady), s(row.slept)) == s(row.step));
  }
}

TEST_CASE("a step is heeded once a worker was heard of by the new clock") {
  struct Row {
    Millis seen;  // against now
    Millis step;
    bool unheeded;
  };
  const Row rows[] = {
      {Millis(-5'000) - kHour, kHour, true},    {Millis(-5'000), kHour, false},
      {Millis(-5'000) + kHour, -kHour, true},   {Millis(-5'000), -kHour, false},
      {Millis(-600'000) + kHour, -kHour, true},  // it had to wait for ten minutes
      {Millis(-600'000), -kHour, false},        {Millis(-600'000), Millis(0), false},
      {Millis(600'000), Millis(0), false},      {kHour, Millis(0), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.seen.count());
    CAPTURE(row.step.count());
    CHECK(is_unheeded({kNow, row.step}, kNow + row.seen) == row.unheeded);
  }
}

TEST_CASE("what lay ahead moves with the clock, what was over stays over") {
  struct Row {
    Millis step;
    Millis at, to;  // against the new now
  };
  const Row rows[] = {
      // back by an hour: the old clock was at + 1 h
      {-kHour, 2 * kHour, kHour},
      {-kHour, kHour, Millis(0)},
      {-kHour, Millis(1), Millis(0)},
      {-kHour, Millis(0), Millis(0)},
      {-kHour, -kHour, -kHour},
      // forward by an hour: the old clock was at - 1 h
      {kHour, -kHour, -kHour},
      {kHour, Millis(1) - kHour, Millis(1)},
      {kHour, kHour, 2 * kHour},
      {kHour, -3 * kHour, -3 * kHour},
      {kHour, kLongestWait - kHour, kLongestWait},
      {kHour, kLongestWait, kLongestWait},
      // what was right before the clock was wrong
      {kHour * 500'000, 5 * kHour, 5 * kHour},
  };
  for (const Row& row : rows) {
    CAPTURE(row.step.count());
    CAPTURE(row.at.count());
    CHECK(ClockMove({kNow, row.step}).moved(kNow + row.at) == kNow + row.to);
  }
}

TEST_CASE("an outage began as long ago as before, and never in the future of a clock set back") {
  CHECK(ClockMove({kNow, kHour}).moved_past(kNow - 2 * kHour) == kNow - kHour);
  CHECK(ClockMove({kNow, kHour}).moved_past(kNow) == kNow);  // by another clock
  CHECK(ClockMove({kNow, -kHour}).moved_past(kNow + kHour - Millis(9)) == kNow - Millis(9));
  CHECK(ClockMove({kNow, -kHour}).moved_past(kNow - kHour) == kNow - kHour);
}

}  // namespace
}  // namespace dogged
