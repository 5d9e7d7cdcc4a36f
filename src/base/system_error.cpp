// SPDX-License-Identifier: MIT
#include "base/system_error.h"

#include <cerrno>
#include <system_error>

namespace dogged {
namespace {

// Empty where the reason says it all.
const char* remedy_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "free some space, then say the same again";
    case EDQUOT:
      return "free some space or have the quota raised, then say the same again";
    case EIO:
      return "check the disk, then say the same again";
    case EROFS:
      return "make it writable, or name another place";
    case EFBIG:
      return "allow larger files (`ulimit -f`), or name another file system";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and its directory";
    case ENOENT:
    case ENOTDIR:
      return "make the directory first, or name another";
    case EMFILE:
    case ENFILE:
      return "allow more open files (`ulimit -n`)";
    default:
      return "";
  }
}

}  // namespace

std::string system_message(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

std::string reason_and_remedy(int error_number) {
  const std::string remedy = remedy_of(error_number);
  return system_message(error_number) + (remedy.empty() ? "" : "; " + remedy);
}

Fault fault_of_opening(int error_number) {
  return error_number == EMFILE || error_number == ENFILE ? Fault::failure : Fault::usage;
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
