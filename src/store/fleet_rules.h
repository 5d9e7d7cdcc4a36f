// SPDX-License-Identifier: MIT
// How what the workers on one store share is divided: pure, the same for every store.
#pragma once

#include "base/clock.h"
#include "pace/caps.h"
#include "pace/quota.h"
#include "store/fleet.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// A live worker, as the store keeps it.
struct FleetMember {
  std::string id;
  WallTime seen_at{};  // its last heartbeat; a canary's exchanges count too
  Caps caps;           // what it said last
  // What it may have in flight by what it was told, also before it hears the last; nothing: it was
  // under no such cap then.
  std::optional<int> permits = 0;
  std::int64_t granted = 0;  // starts granted since `granted_since`, less those returned
  WallTime granted_since{};
  // The part of the line of start slots that it was granted last, with none of another's in it.
  std::int64_t slots_from_us = 0;
  std::int64_t slots_until_us = 0;
  bool operator==(const FleetMember&) const = default;
};

// Starts granted in one window of a quota, not returned. They are counted in every window that was
// ever asked about and has not ended, so that a quota that comes back is where it was.
struct QuotaCount {
  WallTime begin{};
  WallTime end{};
  WallTime since{};  // when counting began; before that, starts were under no quota
  std::int64_t used = 0;
  bool operator==(const QuotaCount&) const = default;
};

struct Outage {
  WallTime since{};
  std::string canary;      // worker
  bool reporting = false;  // its own breaker is open; else it took over from one that is gone
  bool operator==(const Outage&) const = default;
};

// What is kept for all.
struct FleetState {
  Caps limit;  // `dogged limit`
  bool paused = false;
  std::optional<WallTime> wait_until;
  std::int64_t next_slot_us = 0;       // see pace/start_slots.h
  std::vector<QuotaCount> quota_used;  // the window of the quota in force first
  std::optional<Outage> outage;
  bool operator==(const FleetState&) const = default;
};

struct Fleet {
  FleetState state;
  std::vector<FleetMember> members;  // alive; in order of start
};

// What members[self] is told, and what becomes of the fleet by it. The rules:
//
// Caps: the lowest of `dogged limit` and of every live worker's holds for all.
//
// Concurrency: of n workers each may have the n-th part of the cap, the remainder going to those
// who started first. It never gets more than the others leave: the permits that they hold are what
// they were told last, or knew before or had in flight when they were told less: until they hear of
// it they go on with that. So the sum is never above the cap. A dead worker is no member and holds
// nothing; a newcomer waits until the others have asked once to be told less, and once more as
// they have heard of it. One that last asked under no cap holds any number. One that is stopped
// (Ctrl-Z) lives and keeps what it holds: its requests may be in flight.
//
// Starts: each quota, of whichever worker, has some left; slots of the rate are reserved. What was
// granted is used, but for what is returned. With a pause there are none. What was started under no
// cap counts in the windows that are remembered.
//
// Server's wait: the latest stays, also once it is past.
//
// Outage: the first worker whose breaker is open is the canary. An answer that came since it began,
// to any worker, ends the outage; of one who tells of an open breaker and of an answer, the answer
// is older. A canary that is gone, or not heard of for three heartbeats (it was stopped), is
// replaced by the next one that asks and knows of the outage, be its own breaker open or not, or
// else nobody would probe; and one whose breaker is not open, by the next whose is. An outage that
// no live worker knows of is over: who is alone and was never told of it begins without.
FleetView exchange_with_fleet(Fleet& fleet, std::size_t self, const FleetRequest& request,
                              WallTime now);

// For a worker that is no member (it has ended): nothing to use, nothing changed.
FleetView view_without_part(const Fleet& fleet);

// Its part of `cap`, where `place` others started before it.
int share_of(int cap, std::size_t members, std::size_t place);

}  // namespace dogged
