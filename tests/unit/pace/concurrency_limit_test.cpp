// SPDX-License-Identifier: MIT
#include "pace/concurrency_limit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace dogged {
namespace {

// A server that takes 10 in parallel; more wait in a queue.
struct Client {
  explicit Client(double most) : limit(most) {}

  void answer() {
    const double in_flight = limit.permits();
    const double rate = std::min(in_flight, 10.0) / 0.1;
    now += 1 / rate;
    limit.on_answer({now, in_flight / rate, rate, false, true});
    most_seen = std::max(most_seen, limit.value());
  }

  ConcurrencyLimit limit;
  double now = 0;
  double most_seen = 0;
};

TEST_CASE("a queue is not mistaken for capacity") {
  Client client(64);
  for (int i = 0; i < 20'000; ++i) {
    client.answer();
  }
  CHECK(client.limit.value() >= 9);
  CHECK(client.limit.value() <= 14);
}

// A server on the same machine: answers within a fraction of a millisecond. Every tenth of a second
// a checkpoint holds all up, and the first answers come late, as threads are started for them.
struct NearClient {
  NearClient(double parallel, double service) : parallel_(parallel), service_(service) {}

  void run_until(double end) {
    while (now < end) {
      const double in_flight = limit.permits();
      const double rate = std::min(in_flight, parallel_) / service_;
      now += 1 / rate;
      if (now - last_pause_ > 0.1) {
        now += 0.015;
        last_pause_ = now;
      }
      const double late = 0.003 * std::exp(-now / 0.002);
      limit.on_answer({now, in_flight / rate + late, rate, false, true});
    }
  }

  ConcurrencyLimit limit{64};
  double now = 0;

 private:
  double parallel_;
  double service_;
  double last_pause_ = 0;
};

TEST_CASE("a server near by does not get more at once than it uses") {
  NearClient client(4, 0.000'1);
  client.run_until(1);
  CHECK(client.limit.value() >= 4);
  CHECK(client.limit.value() <= 12);
}

TEST_CASE("a server near by gets what it can use, and soon") {
  NearClient client(200, 0.001);
  client.run_until(0.5);
  CHECK(client.limit.value() == 64);
}

TEST_CASE("a cap that is lowered at any moment of a trial holds") {
  for (int lowered_after = 100; lowered_after < 4'000; lowered_after += 37) {
    Client client(20);
    for (int i = 0; i < lowered_after; ++i) {
      client.answer();
    }
    client.limit.set_most(5);
    client.most_seen = 0;
    for (int i = 0; i < 4'000; ++i) {
      client.answer();
    }
    CHECK(client.most_seen <= 5);
  }
}

TEST_CASE("a cap of a few is used all the time, and so is one under which nothing slows down") {
  for (const double most : {1.0, 2.0, 3.0, 8.0}) {
    Client client(most);
    for (int i = 0; i < 500; ++i) {
      client.answer();
    }
    for (int i = 0; i < 5'000; ++i) {
      client.answer();
      REQUIRE(client.limit.value() == most);
    }
  }
}

TEST_CASE("the stair climbs quickly until it is refused once") {
  ConcurrencyLimit limit(64);
  const auto answers = [&](int n) {
    for (int i = 0; i < n; ++i) {
      limit.on_answer({0, 0.1, 100, false, true});
    }
  };
  answers(12);
  limit.on_refusal(6, false);
  REQUIRE(limit.value() == 6);
  answers(20);
  CHECK(limit.value() > 8);
  const double before = limit.value();
  limit.on_refusal(20, false);
  CHECK(limit.value() == doctest::Approx(before - 1));
  answers(20);
  CHECK(limit.value() == doctest::Approx(before - 1 + 0.1));
}

}  // namespace
}  // namespace dogged
