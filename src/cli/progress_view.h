// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "engine/observer.h"

#include <cstdio>
#include <memory>

namespace dogged {

enum class ProgressMode { automatic, plain, json, none };

// Shows a run's progress on `screen` (stderr); `automatic`: a line that is renewed in place on a
// terminal, else plain lines, the first after two seconds and then one a minute. Notices show in
// every mode. Nothing waits for a screen that takes nothing for a while: lines are skipped, notices
// put off, until the destruction, which shows what people must have seen and ends a renewed line.
// `screen` and `clock` must outlive it; for the run's thread.
std::unique_ptr<Observer> make_progress_view(ProgressMode mode, std::FILE* screen,
                                             const Clock& clock);

}  // namespace dogged
