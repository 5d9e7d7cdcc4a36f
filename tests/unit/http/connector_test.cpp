// SPDX-License-Identifier: MIT
#include "http/connector.h"

#include "hostile_server.h"

#include <doctest/doctest.h>
#include <netinet/in.h>

#include <vector>

using namespace std::chrono_literals;
using dogged::connect_to;
using dogged::NotConnected;
using dogged::SocketAddress;
using dogged::StopSignal;
using dogged::UniqueFd;

namespace {

SocketAddress v4(std::uint32_t host) {
  SocketAddress address;
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  in->sin_family = AF_INET;
  in->sin_addr.s_addr = htonl(host);
  address.size = sizeof(sockaddr_in);
  return address;
}

constexpr std::uint32_t kLoopback = 0x7f000001;
constexpr std::uint32_t kOtherLoopback = 0x7f000002;  // where nothing listens

dogged::SteadyTime in(std::chrono::milliseconds span) {
  return std::chrono::steady_clock::now() + span;
}

}  // namespace

TEST_CASE("an address that refuses gives way to the next") {
  dogged::test::HostileServer server(dogged::test::ok_answer("{}"));
  StopSignal stop;
  const std::vector<SocketAddress> both{v4(kOtherLoopback), v4(kLoopback)};
  CHECK(std::holds_alternative<UniqueFd>(connect_to(both, server.port(), in(10s), stop)));
  const std::vector<SocketAddress> wrong{v4(kOtherLoopback), v4(kOtherLoopback)};
  const auto refused = connect_to(wrong, server.port(), in(10s), stop);
  REQUIRE(std::holds_alternative<NotConnected>(refused));
  CHECK(std::get<NotConnected>(refused).why == NotConnected::Why::refused);
  CHECK(std::get<NotConnected>(refused).message == "Connection refused");
}

TEST_CASE("a deadline that has passed and a stop end it before it begins") {
  StopSignal stop;
  const std::vector<SocketAddress> one{v4(kLoopback)};
  const auto late = connect_to(one, 1, in(0s), stop);
  CHECK(std::get<NotConnected>(late).why == NotConnected::Why::timed_out);
  stop.request_stop();
  const auto stopped = connect_to(one, 1, in(10s), stop);
  CHECK(std::get<NotConnected>(stopped).why == NotConnected::Why::interrupted);
}
