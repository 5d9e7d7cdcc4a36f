// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace dogged {

// How often to try a fault: `short_form` in the test suite, `long_form` where DOGGED_LONG is 1, as
// scripts/torture sets it.
int rounds(int short_form, int long_form);

// Notes for the table of scripts/torture that `fault` of `group` was tried `times` times: a line of
// the file that DOGGED_TALLY names, if it names one. Lines of one group and fault are added up
// there. Any thread.
void tally(std::string_view group, std::string_view fault, std::int64_t times = 1,
           std::int64_t losses = 0);

}  // namespace dogged
