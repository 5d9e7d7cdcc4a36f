// SPDX-License-Identifier: MIT
#include "job/retry_policy.h"

#include <doctest/doctest.h>

#include <limits>

namespace dogged {
namespace {

constexpr double kAlmostOne = 0.999999999;

TEST_CASE("the ceiling doubles with every try until the cap") {
  const RetryPolicy policy;
  struct Row {
    int tries;
    std::int64_t half_ms;
  };
  const Row rows[] = {{1, 250},     {2, 500},
                      {3, 1'000},   {4, 2'000},
                      {5, 4'000},   {6, 8'000},
                      {7, 15'000},  {8, 15'000},
                      {64, 15'000}, {std::numeric_limits<int>::max(), 15'000}};
  for (const Row& row : rows) {
    CAPTURE(row.tries);
    CHECK(policy.backoff(row.tries, 0.5, Millis(0)).count() == row.half_ms);
  }
}

TEST_CASE("the jitter is full: from nothing to just below the ceiling") {
  const RetryPolicy policy;
  CHECK(policy.backoff(1, 0.0, Millis(0)) == Millis(0));
  CHECK(policy.backoff(1, kAlmostOne, Millis(0)) == Millis(499));
}

TEST_CASE("the server's wait is a floor, not an addition, and knows no cap") {
  const RetryPolicy policy;
  CHECK(policy.backoff(1, kAlmostOne, Millis(2'000)) == Millis(2'000));
  CHECK(policy.backoff(8, kAlmostOne, Millis(2'000)) == Millis(29'999));
  CHECK(policy.backoff(1, 0.0, Millis(86'400'000)) == Millis(86'400'000));
}

TEST_CASE("a base above the cap, and a base of nothing, end") {
  RetryPolicy policy;
  policy.base = Millis(60'000);
  CHECK(policy.backoff(3, kAlmostOne, Millis(0)) == Millis(29'999));
  policy.base = Millis(0);
  CHECK(policy.backoff(100, kAlmostOne, Millis(0)) == Millis(0));
}

TEST_CASE("a job is exhausted at max_attempts, and never where that is 0") {
  RetryPolicy policy;
  CHECK_FALSE(policy.exhausted(7));
  CHECK(policy.exhausted(8));
  CHECK(policy.exhausted(9));
  policy.max_attempts = 0;
  CHECK_FALSE(policy.exhausted(1'000'000));
}

}  // namespace
}  // namespace dogged
