// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/servers.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace dogged::sim {

// One client with more jobs than it can do, before one server.
struct Scenario {
  // The server of a run, and with it all that is random there.
  std::function<std::unique_ptr<Server>(std::mt19937_64&)> server;
  Span round_trip = std::chrono::microseconds(200);  // on the wire
  double seconds = 60;
  int jobs = 20'000;
  int max_concurrency = 64;
  std::optional<Rate> rate;
};

// What the server saw.
struct Outcome {
  struct Request {
    double at = 0;  // seconds from the beginning, of arrival
    double ended = 0;
    Reply::Kind kind = Reply::Kind::ok;
  };
  std::vector<Request> requests;
  RunReport report;
  QueueOutlook left;
  int most_in_flight = 0;
  std::vector<SteadyTime> starts;

  // Of requests that arrived in that span.
  int count(Reply::Kind kind, double from, double to) const;
  double answers_per_second(double from, double to) const;
  double refused_per_100(double from, double to) const;
};

// Plays the scenario in virtual time with the real dispatcher, pacer and classifier. The same seed
// gives the same run. `seen`, where given, has the server when the run is over.
Outcome play(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Server&)>& seen = {});

}  // namespace dogged::sim
