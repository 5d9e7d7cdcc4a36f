// SPDX-License-Identifier: MIT
#include "http/resolver.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using dogged::Addresses;
using dogged::NoAddress;
using dogged::Resolver;
using dogged::StopSignal;

namespace {

using Answer = std::variant<Addresses, NoAddress>;

dogged::SteadyTime in(std::chrono::milliseconds span) {
  return std::chrono::steady_clock::now() + span;
}

Answer one_address() {
  dogged::SocketAddress address;
  address.storage.ss_family = AF_INET;
  return Addresses{{address}};
}

}  // namespace

TEST_CASE("an IP address needs no lookup") {
  StopSignal stop;
  Resolver resolver(stop, [](const std::string&) -> Answer {
    return NoAddress{NoAddress::Why::unknown, "asked"};
  });
  CHECK(std::get<Addresses>(resolver.resolve("127.0.0.1", in(10s))).found.at(0).family() ==
        AF_INET);
  CHECK(std::get<Addresses>(resolver.resolve("::1", in(10s))).found.at(0).family() == AF_INET6);
  CHECK(std::holds_alternative<NoAddress>(resolver.resolve("name", in(10s))));
}

TEST_CASE("all who ask for a name share one lookup, and its answer is kept") {
  StopSignal stop;
  std::atomic<int> lookups{0};
  Resolver resolver(stop, [&](const std::string&) -> Answer {
    ++lookups;
    return one_address();
  });
  std::vector<std::thread> threads;
  std::atomic<int> found{0};
  threads.reserve(20);
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      found += std::holds_alternative<Addresses>(resolver.resolve("name", in(10s))) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(found == 20);
  CHECK(lookups == 1);
  CHECK(std::holds_alternative<Addresses>(resolver.resolve("other", in(10s))));
  CHECK(lookups == 2);
}

TEST_CASE("a lookup that hangs holds nobody beyond the deadline, nor the end of the resolver") {
  StopSignal stop;
  std::promise<void> release;
  auto released = std::make_shared<std::shared_future<void>>(release.get_future().share());
  auto ended = std::make_shared<std::promise<void>>();
  auto end = ended->get_future();
  {
    Resolver resolver(stop, [released, ended](const std::string& host) -> Answer {
      if (host == "hangs") {
        released->wait();
        ended->set_value();
      }
      return one_address();
    });
    const auto result = resolver.resolve("hangs", in(50ms));
    CHECK(std::get<NoAddress>(result).why == NoAddress::Why::timed_out);
    CHECK(std::holds_alternative<Addresses>(resolver.resolve("works", in(10s))));
  }
  release.set_value();
  end.wait();
}

TEST_CASE("a stop wakes those who wait") {
  StopSignal stop;
  auto release = std::make_shared<std::promise<void>>();
  auto began = std::make_shared<std::promise<void>>();
  auto started = began->get_future();
  Resolver resolver(stop, [release, began](const std::string&) -> Answer {
    began->set_value();
    release->get_future().wait();
    return one_address();
  });
  std::thread waiter([&] {
    const auto result = resolver.resolve("hangs", in(60s));
    CHECK(std::get<NoAddress>(result).why == NoAddress::Why::interrupted);
  });
  started.wait();
  stop.request_stop();
  resolver.wake();
  waiter.join();
  release->set_value();
}

TEST_CASE("a lookup that throws is a failure") {
  StopSignal stop;
  Resolver resolver(stop, [](const std::string&) -> Answer { throw std::runtime_error("broken"); });
  CHECK(std::get<NoAddress>(resolver.resolve("name", in(10s))).message == "broken");
}
