// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

namespace dogged::sqlite {

class WriteConnection;

// Less is a `now` that is older than another worker's, or a clock that is being set right.
inline constexpr Millis kClockStep{10'000};

// To be called in a write transaction, again and again. What is stored of the future is stored in
// wall time: parked jobs, the server's wait, an outage. Where the clock was set back since a worker
// was last heard of, all of it would wait for the span of that step too, hours or years. Then it is
// moved by as much, so that what is left to wait is what was left before; and so is what was heard
// of the workers, so that one step is heeded once, however many workers see it.
// SQLiteCpp's exceptions come through.
void heed_clock_step(WriteConnection& connection, WallTime now);

}  // namespace dogged::sqlite
