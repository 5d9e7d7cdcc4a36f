// SPDX-License-Identifier: MIT
#include "pace/window_watch.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

// A server's life, from event to event.
struct Life {
  WindowWatch watch;
  double now = 0;

  void answers(int n, double seconds) {
    for (int i = 0; i < n; ++i) {
      watch.on_answer();
    }
    now += seconds;
  }
  void failures(int n, double seconds, bool refused, bool too_many) {
    watch.on_failure(now, refused, too_many);
    for (int i = 1; i < n; ++i) {
      now += seconds / (n - 1);
      watch.on_failure(now, refused, too_many);
    }
  }
  std::optional<WindowWatch::Found> end(double after = 0) {
    now += after;
    return watch.on_end(now);
  }
};

TEST_CASE("a short row of refusals is the rest of a window, and what came in it is the rate") {
  Life life;
  life.answers(200, 0.2);
  life.failures(25, 0.7, true, false);
  const auto found = life.end(0.2);
  REQUIRE(found.has_value());
  CHECK(found->rate == doctest::Approx(200));  // it ended between the last refusal and now
  CHECK(found->pause == doctest::Approx(0.8));
}

TEST_CASE("rows of too many requests may last a minute, not an hour") {
  for (const double seconds : {58.0, 3'600.0}) {
    Life life;
    life.answers(300, 2);
    life.failures(40, seconds, true, true);
    CHECK(life.end().has_value() == (seconds < 60));
  }
}

TEST_CASE("a long row of 503 is an outage, the second one after as little service is a window") {
  Life life;
  life.answers(300, 20);
  life.failures(40, 60, true, false);
  CHECK_FALSE(life.end().has_value());
  life.answers(300, 2);
  life.failures(40, 58, true, false);
  const auto found = life.end();
  REQUIRE(found.has_value());
  CHECK(found->rate == doctest::Approx(5));
}

TEST_CASE("an outage that begins in the rest of a window is one") {
  Life life;
  life.answers(28, 0.2);
  life.failures(25, 0.7, true, true);
  CHECK(life.end(0.1).has_value());
  life.answers(28, 0.5);
  life.failures(10, 0.3, true, true);
  life.failures(20, 12, true, false);
  CHECK_FALSE(life.end(0.1).has_value());
}

TEST_CASE("a server that comes up for a few requests only was down twice") {
  Life life;
  life.answers(1'000, 100);
  life.failures(40, 60, true, false);
  CHECK_FALSE(life.end().has_value());
  life.answers(5, 1);
  life.failures(40, 60, true, false);
  CHECK_FALSE(life.end().has_value());
}

TEST_CASE("errors and lost connections are of an outage, however short") {
  Life life;
  life.answers(200, 0.2);
  life.failures(10, 0.2, true, true);
  life.failures(10, 0.2, false, false);
  CHECK_FALSE(life.end().has_value());
}

TEST_CASE("a pause that only another worker saw, or before any answer, tells nothing") {
  Life life;
  life.failures(30, 1, true, true);
  CHECK_FALSE(life.end().has_value());
  life.answers(100, 5);
  CHECK_FALSE(life.end(1).has_value());
}

TEST_CASE("an answer ends a row") {
  WindowWatch watch;
  watch.on_failure(1, true, false);
  watch.on_failure(2, true, false);
  CHECK(watch.row() == 2);
  watch.on_answer();
  CHECK(watch.row() == 0);
}

}  // namespace
}  // namespace dogged
