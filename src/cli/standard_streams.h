// SPDX-License-Identifier: MIT
#pragma once

namespace dogged {

// Holds the numbers of stdin, stdout and stderr that the caller closed (`2>&-`): the next file to
// be opened would get such a number, and what is said to people would be written into it. Using one
// of them fails as before. To be called first of all, in the only thread; false where it cannot be
// done.
bool hold_standard_streams();

}  // namespace dogged
