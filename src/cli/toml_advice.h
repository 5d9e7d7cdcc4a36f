// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dogged {

// What to add to toml++'s description of a fault where it does not say what to do: empty, or what
// begins with "; ". Any thread.
std::string_view toml_advice(std::string_view fault);

}  // namespace dogged
