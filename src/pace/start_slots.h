// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/units.h"

#include <chrono>
#include <cstdint>

namespace dogged {

// How starts under a rate cap are kept apart, whoever makes them: each has a slot of its own on one
// line of time that all workers reserve from, and the slots stand `spacing` apart. Nothing is saved
// up while nobody starts: strict spacing is what makes a bound in any window possible at all (two
// bursts of a token bucket may touch).
//
// A start happens at its slot or up to `late` after it, never before. So in any window of length W
// (half open), the first and the last of N starts have slots at most W + late apart, or a little
// less:
//   (N - 1) * spacing < W + late, hence N <= ceil((W + late) / spacing).
// With W = rate.per, spacing = per * (1 + slack) / count and late <= slack (as shares of per),
//   (per + late) / spacing <= count, hence N <= count.
// The slack is 1 % of per, at least 5 and at most 50 ms. WallTime has milliseconds: a worker that
// reckons from the `now` of its exchange may be up to 1 ms behind. So `late` is 0.8 of the slack,
// and the rest, 1 ms or more, is for that.
//
// A count that is no whole number, or below 1, holds for the whole multiple: 1.5/s is 3 in any 2 s,
// 0.5/s is 1 in any 2 s.
struct SlotSpacing {
  std::chrono::microseconds spacing{1};
  std::chrono::microseconds late{0};
};
SlotSpacing spacing_of(const Rate& rate);

// Whether the starts under `kept` stay under `other` too.
bool keeps(const Rate& kept, const Rate& other);

// A worker has slots for at most so long: what it takes with it when it dies.
inline constexpr Millis kSlotHorizon{250};
// More than this no exchange is waited for.
inline constexpr std::chrono::seconds kMostSlotLead{2};

struct SlotRequest {
  int wanted = 0;
  // No more than this part of what the horizon holds, so that one of several workers does not take
  // all; at least one slot.
  int workers = 1;
  // How long after `now` the worker hears of its slots; kMostSlotLead at most.
  std::chrono::microseconds lead{0};
  // It was granted slots before that are still to come, or may be.
  bool holds_slots = true;
};

struct SlotGrant {
  int count = 0;
  std::chrono::microseconds first_in{0};  // after `now`
  SlotSpacing spacing;
  std::int64_t next_us = 0;  // what the store keeps: the first slot that is free now
  WallTime ask_again{};      // where none was granted: the line is reserved far enough
};

// Reserves from the line whose first free slot is `next_us` (microseconds since the epoch; 0: none
// was ever reserved). The first one is `lead` after `now` at the earliest, so that none is lost on
// the way. Slots are granted while the line is reserved for less than half the horizon after that,
// up to the horizon: so those who wait get a handful at once, and at a time that they can be told.
// To a worker that holds none, also as if its lead were the longest: or else those whose exchanges
// take longer, and who thus reserve further ahead, would leave nothing to the others.
//
// No slot that was granted lies further ahead than kMostSlotLead + kSlotHorizon. A line that is
// reserved further than kClockDoubt beyond that, and one spacing, cannot be ours: the clock stepped
// back, or the rate was lower. It is cut to that and one spacing, so that the next slot still keeps
// its distance. So a run stands still for the sum of the three at most. The doubt is for a `now`
// that is older than that of the exchange before: its worker waited for the disk or the write lock
// since. (Who waits longer has no slot left that it could use.) A clock that steps forward cannot
// be told from time that went by.
inline constexpr std::chrono::seconds kClockDoubt{10};
SlotGrant reserve_slots(std::int64_t next_us, const Rate& rate, const SlotRequest& request,
                        WallTime now);

// The line once its last `returned` slots are free again, by a worker that holds none any more and
// whose slots since `first_us` were followed by nobody else's. Those that have come stay reserved:
// they may be used.
std::int64_t return_slots(std::int64_t next_us, std::int64_t first_us, const Rate& rate,
                          int returned, WallTime now);

}  // namespace dogged
