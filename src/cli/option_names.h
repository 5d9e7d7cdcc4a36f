// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Options are declared by all their names, as in "-o,--output". Any thread.

// How help shows them: "-o, --output FILE"; `value` is what the value is called, or empty.
std::string help_names(std::string_view names, std::string_view value);

// The name that messages use: the long one.
std::string spoken_name(std::string_view names);

// The option of `known` that was meant by `typed`; empty: none is near. A flag that does away with
// a safeguard is named only where it is nearer than all others.
std::string nearest_option(std::string_view typed, const std::vector<std::string>& known);

}  // namespace dogged
