// SPDX-License-Identifier: MIT
#pragma once

#include "store/clock_step.h"
#include "store/job_store.h"

namespace dogged::sqlite {

class WriteConnection;

// Both are to be called in a write transaction; SQLiteCpp's exceptions come through. What is stored
// of the future is stored in wall time, so that it has to move with a clock that is set.

// For a worker's heartbeat. Where its process saw a step that no other has told of, parked jobs,
// the server's wait and the outage are moved by as much, and all workers count as heard of now, so
// that one step is heeded once, however many workers see it.
void heed_clock_step(WriteConnection& connection, const WorkerId& worker, const ClockSight& sight);

// For a worker that starts. Where others live they see for themselves. Else nobody can tell a step
// from a clock that was wrong and is right again, or will be: only parked jobs are moved, and only
// back, as they might be stuck for years. The wait that the server asked for is kept as it is.
void heed_clock_set_back(WriteConnection& connection, WallTime now);

}  // namespace dogged::sqlite
