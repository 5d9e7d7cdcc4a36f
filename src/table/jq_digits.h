// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"

#include <optional>
#include <string_view>

namespace dogged {

// The double that stands for the JSON number `digits`, where it carries all of them: writing it
// with the fewest digits that identify it gives the same number. Nothing otherwise: more digits
// than a double holds, out of its range, or an integer beyond 2^53 (some would fit, but identifiers
// near each other should not differ in type).
std::optional<double> carried_by_double(std::string_view digits);

// Whether `document` holds numbers that filters see as text, for a double does not carry them.
bool holds_numbers_as_text(const JsonDocument& document);

// Whether it holds some that jq writes otherwise when it makes text of them: 1.10 as 1.1.
bool holds_respelled_numbers(const JsonDocument& document);

}  // namespace dogged
