// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>

namespace dogged {

// Whether an errno says that this process or machine has none left of what a request needs
// (descriptors, buffers, memory): nothing that the server did.
inline bool is_shortage(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
         error_number == ENOMEM;
}

}  // namespace dogged
