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
