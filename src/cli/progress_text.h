// SPDX-License-Identifier: MIT
// How the progress of a run reads. Pure.
#pragma once

#include "base/clock.h"
#include "engine/observer.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace dogged {

// One line of at most `width` columns; what matters least is left out first.
std::string live_line(const Progress& progress, std::size_t width, WallTime now);

// One line with everything.
std::string plain_line(const Progress& progress, WallTime now);

// {"event":"progress",...}: counts, rates per second, times in ISO 8601.
std::string json_line(const Progress& progress, WallTime now);
std::string json_notice(std::string_view message, WallTime now);

// What keeps the run from going faster, by the flag's name where there is one; empty for nothing.
std::string bound_text(const Progress& progress, WallTime now);

}  // namespace dogged
