// SPDX-License-Identifier: MIT
// How the values of the store's settings are read. Pure.
#pragma once

#include "base/clock.h"
#include "base/json_document.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Milliseconds since the epoch. Nothing where it is none: an empty text is how a setting is taken
// away.
std::optional<WallTime> time_from_ms(std::string_view ms);

// The text or the number's digits at `pointer`; empty where there is neither.
std::string text_at(const JsonDocument& document, std::string_view pointer);

}  // namespace dogged
