// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "pace/caps.h"

#include <chrono>
#include <optional>

namespace dogged {

// What the workers on one store share: the user's caps, the server's wait, the outage's canary. A
// worker says what it needs in an exchange and is told in the same transaction what it gets.

// Starts granted to one worker. The i-th may happen not before first_in + i * spacing after the
// `now` of the exchange, and no more than `late` after that; then it is lost (a worker that fired
// late ones would break the cap for all). Without a rate cap first_in, spacing are 0 and `late` is
// unbounded.
struct StartGrant {
  int count = 0;
  std::chrono::microseconds first_in{0};
  std::chrono::microseconds spacing{0};
  std::chrono::microseconds late{0};
  std::optional<WallTime> valid_from = {};  // the quota's window began; before, by a clock that
                                            // stepped back, they are lost
  std::optional<WallTime> expires = {};     // the quota's window ends: they are lost
};

// What one worker tells.
struct FleetRequest {
  Caps caps;          // of its flags and its source; they hold for every worker
  int in_flight = 0;  // permits that it cannot give back yet
  // What it was told last, and may use until it is told anew; 0 before the first time.
  int permits_known = 0;
  // How long its exchanges take of late: by then it can use the first start, not before.
  std::chrono::microseconds lead{0};
  // Requests that it started since its last exchange without a grant, as neither rate nor quota was
  // capped: they count in the windows of quotas that were set before and have not ended.
  int ungranted = 0;
  int starts = 0;  // wanted; ignored where neither rate nor quota is capped
  // Granted before, not used and not to be used any more: the quota gets them back (in the window
  // of their grant). At most what was granted.
  int returned = 0;
  // Whether it still has starts, those of earlier grants, that it may use. Where not, the rate gets
  // the returned ones back too that are still to come, if no other worker was granted later ones.
  bool holds_starts = true;
  std::optional<WallTime>
      wait_until;       // the server asked all to wait; a later one in the store stays
  bool outage = false;  // its breaker is open
  // It has told of this outage before, or has joined it: if the store has none now, another worker
  // was answered, and it is not to begin anew. It may take over from a canary that is gone or was
  // not heard of for 15 s.
  bool outage_is_known = false;
  // When the server answered it last, where that was since its last exchange. An outage that began
  // before is over.
  std::optional<WallTime> answered_at = {};
};

// What it is told.
struct FleetView {
  bool paused = false;  // `dogged pause`: start nothing; no starts are granted
  Caps caps;            // the lowest of the store's and all live workers'
  int workers = 1;      // that are alive, this one too
  // Its part of caps.max_concurrency; meaningless without that cap. Where it is below in_flight, or
  // 0, nothing may be started before answers came: others need what this worker has too much, or
  // hold still what it will get. The sum over all workers is never above the cap, but for a cap
  // that was just set or lowered. It changes as workers come and go: ask every second. A worker
  // that is stopped (Ctrl-Z) keeps its part: its requests may be in flight.
  int permits = 0;
  StartGrant starts;  // empty where neither rate nor quota is capped: nothing to ask for
  std::optional<WallTime> starts_after;  // none granted: ask again then (quota used up, slot far)
  bool quota_used_up = false;            // that is why
  std::optional<WallTime> wait_until;    // the server's; may be past
  std::optional<WallTime> outage_since;  // some worker found an outage that no answer ended yet
  bool canary = false;                   // this worker is the one that may probe
};

}  // namespace dogged
