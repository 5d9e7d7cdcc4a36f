// SPDX-License-Identifier: MIT
#include "store/sqlite/row_set.h"

#include <doctest/doctest.h>

using dogged::sqlite::RowSet;

TEST_CASE("an empty set has no rows") {
  RowSet set;
  set.count();
  CHECK(set.size() == 0);
}

TEST_CASE("a row's rank is the number of rows before it, in whatever order they came") {
  RowSet set;
  for (const int row : {200, 1, 64, 63, 65, 1'000'000, 128}) {
    set.insert(row);
  }
  set.insert(64);  // twice is once
  set.count();
  CHECK(set.size() == 7);
  int rank = 0;
  for (const int row : {1, 63, 64, 65, 128, 200, 1'000'000}) {
    CAPTURE(row);
    CHECK(set.rank(row) == rank++);
  }
}
