// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <string_view>

namespace dogged {

// "50%" or "0.5": above 0, below 1.
Result<double> parse_share(std::string_view text);

}  // namespace dogged
