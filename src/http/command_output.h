// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <string>

namespace dogged {

// What /bin/sh -c `command` writes to its stdout. Its stdin is /dev/null, its stderr ours; it gets
// no other descriptor. Fails where it cannot be started, ends other than with 0, writes more than
// `max_bytes`, or takes longer than `limit`, when it and all it started are killed. The message
// names neither the command nor its output. Blocks; any thread.
Result<std::string> command_output(const std::string& command, Millis limit, std::size_t max_bytes);

}  // namespace dogged
