// SPDX-License-Identifier: MIT
#include "pace/pacer.h"

namespace dogged {

std::string_view word(PaceBound bound) {
  switch (bound) {
    case PaceBound::none:
      return "nothing";
    case PaceBound::concurrency:
      return "concurrency";
    case PaceBound::server:
      return "server";
    case PaceBound::server_rate:
      return "server_rate";
    case PaceBound::rate_cap:
      return "rate";
    case PaceBound::quota:
      return "quota";
    case PaceBound::paused:
      return "paused";
    case PaceBound::server_wait:
      return "server_wait";
    case PaceBound::outage:
      return "outage";
  }
  return "nothing";
}

}  // namespace dogged
