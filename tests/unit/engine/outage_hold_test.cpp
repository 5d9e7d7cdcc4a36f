// SPDX-License-Identifier: MIT
#include "engine/outage_hold.h"

#include <doctest/doctest.h>

#include <vector>

namespace dogged {
namespace {

// A failure of that job: charged it costs an attempt, free a refusal.
OutageHold::Either failure(JobId job) {
  OutageHold::Either either;
  either.charged.job = job;
  either.charged.attempts_added = 1;
  either.free.job = job;
  either.free.refusals_added = 1;
  return either;
}

TEST_CASE("held failures are charged or let off, each job once and in order") {
  for (const bool charged : {true, false}) {
    OutageHold hold;
    for (JobId job = 1; job <= 3; ++job) {
      hold.add(failure(job));
    }
    CHECK(hold.size() == 3);
    std::vector<Settlement> settled(1);  // what was there stays
    charged ? hold.charge(settled) : hold.let_off(settled);
    REQUIRE(settled.size() == 4);
    for (JobId job = 0; job <= 3; ++job) {
      const Settlement& s = settled[static_cast<std::size_t>(job)];
      CHECK(s.job == job);
      CHECK(s.attempts_added == (charged && job > 0 ? 1 : 0));
      CHECK(s.refusals_added == (!charged && job > 0 ? 1 : 0));
    }
    CHECK(hold.size() == 0);
    hold.charge(settled);
    hold.let_off(settled);
    CHECK(settled.size() == 4);
  }
}

TEST_CASE("a row of 256 is full, and empty again when it was charged") {
  OutageHold hold;
  for (JobId job = 1; job <= 255; ++job) {
    hold.add(failure(job));
    CHECK_FALSE(hold.is_full());
  }
  hold.add(failure(256));
  CHECK(hold.is_full());
  std::vector<Settlement> settled;
  hold.charge(settled);
  CHECK(settled.size() == 256);
  CHECK_FALSE(hold.is_full());
}

}  // namespace
}  // namespace dogged
