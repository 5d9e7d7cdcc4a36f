// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace dogged {

// The double that stands for the JSON number `digits`, where it carries all of them: writing it
// with the fewest digits that identify it gives the same number. Nothing otherwise: more digits
// than a double holds, out of its range, or an integer beyond 2^53 (some would fit, but identifiers
// near each other should not differ in type).
std::optional<double> carried_by_double(std::string_view digits);

}  // namespace dogged
