// SPDX-License-Identifier: MIT
#include "base/bounded_queue.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

using namespace dogged;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

TEST_CASE("items come out in the order they went in") {
  BoundedQueue<int> queue(4);
  for (int i = 0; i < 3; ++i) {
    CHECK(queue.push(int{i}));
  }
  CHECK(queue.pop() == 0);
  CHECK(queue.pop_all_until(SteadyTime()) == std::vector<int>{1, 2});
}

TEST_CASE("a full queue makes its producers wait until there is room") {
  BoundedQueue<int> queue(1);
  CHECK(queue.push(1));
  std::thread producer([&] { CHECK(queue.push(2)); });
  CHECK(queue.pop() == 1);
  CHECK(queue.pop() == 2);
  producer.join();
}

TEST_CASE("a closed queue takes nothing and leaves the item with its owner") {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  CHECK(queue.push(std::make_unique<int>(1)));
  queue.close();
  auto mine = std::make_unique<int>(2);
  CHECK_FALSE(queue.push(std::move(mine)));
  CHECK(mine != nullptr);  // NOLINT(bugprone-use-after-move): that is the promise
  CHECK(queue.pop().has_value());
  CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("a producer that waits at a full queue is let go when it closes") {
  BoundedQueue<int> queue(1);
  CHECK(queue.push(1));
  std::thread producer([&] { CHECK_FALSE(queue.push(2)); });
  queue.close();
  producer.join();
}

TEST_CASE("waiting for all ends at the deadline, at a wake and at an item") {
  BoundedQueue<int> queue(4);
  CHECK(queue.pop_all_until(std::chrono::steady_clock::now() + 1ms).empty());
  queue.wake();
  CHECK(queue.pop_all_until(std::chrono::steady_clock::now() + 1h).empty());
  std::thread producer([&] { CHECK(queue.push(7)); });
  CHECK(queue.pop_all_until(std::chrono::steady_clock::now() + 1h) == std::vector<int>{7});
  producer.join();
}
