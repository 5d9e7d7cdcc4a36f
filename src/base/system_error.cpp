// SPDX-License-Identifier: MIT
#include "base/system_error.h"

#include <cerrno>
#include <system_error>

namespace dogged {

std::string system_message(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

Fault fault_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EROFS:
    case EFBIG:
      return Fault::store_unavailable;
    default:
      return Fault::failure;
  }
}

}  // namespace dogged
