// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/stop_signal.h"
#include "http/resolver.h"
#include "http/unique_fd.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dogged {

struct NotConnected {
  enum class Why { refused, timed_out, interrupted, shortage };
  Why why;
  std::string message;  // with Why::refused: what the last address said; shortage: of what
};

// Connects to the first of `addresses` that answers, before `deadline`. An address that does not
// answer within 250 ms gets the next one beside it ("Happy Eyeballs", RFC 8305), so that one dead
// address among several costs a moment, not the timeout. Any thread.
std::variant<UniqueFd, NotConnected> connect_to(const std::vector<SocketAddress>& addresses,
                                                std::uint16_t port, SteadyTime deadline,
                                                const StopSignal& stop);

}  // namespace dogged
