// SPDX-License-Identifier: MIT
#pragma once

#include "engine/run.h"
#include "job/source.h"

namespace dogged {

// The options with the lower of each of their own caps and the source's.
RunOptions capped(RunOptions options, const LimitSpec& limits);

}  // namespace dogged
