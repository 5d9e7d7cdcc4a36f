// SPDX-License-Identifier: MIT
#include "base/system_error.h"

#include <doctest/doctest.h>

#include <cerrno>

using namespace dogged;  // NOLINT(google-build-using-namespace)

TEST_CASE("a full or failing disk is the store's fault, a wrong path is not") {
  for (const int error : {ENOSPC, EDQUOT, EIO, EROFS}) {
    CHECK(fault_of(error) == Fault::store_unavailable);
  }
  CHECK(fault_of(ENOENT) == Fault::failure);
  CHECK(fault_of(EACCES) == Fault::failure);
  CHECK(system_message(ENOSPC) == "No space left on device");
}

TEST_CASE("what cannot be opened is the user's fault, but for the number of open files") {
  CHECK(fault_of_opening(ENOENT) == Fault::usage);
  CHECK(fault_of_opening(EACCES) == Fault::usage);
  CHECK(fault_of_opening(EMFILE) == Fault::failure);
  CHECK(fault_of_opening(ENFILE) == Fault::failure);
}

TEST_CASE("the end of a message says why and what to do, where there is something to do") {
  CHECK(reason_and_remedy(ENOSPC) ==
        "No space left on device; free some space, then say the same again");
  for (const int error : {EDQUOT, EIO, EROFS, EFBIG, EACCES, EPERM, ENOENT, EMFILE}) {
    CHECK(reason_and_remedy(error).starts_with(system_message(error) + "; "));
  }
  CHECK(reason_and_remedy(EEXIST) == system_message(EEXIST));
}
