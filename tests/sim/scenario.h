// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/servers.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace dogged::sim {

// Clients on one store with more jobs than they can do, before one server.
struct Scenario {
  // The server of a run, and with it all that is random there.
  std::function<std::unique_ptr<Server>(std::mt19937_64&)> server;
  Surroundings around{};
  double seconds = 60;
  int jobs = 20'000;
  int max_concurrency = 64;
  std::optional<Rate> rate{};
  int workers = 1;
  // Called before the run: further options of a worker, things that happen in the midst of it.
  std::function<void(RunOptions&)> set_up{};
  std::function<void(VirtualFleet&)> script{};
};

// What the server saw.
struct Outcome {
  struct Request {
    double at = 0;  // seconds from the beginning, of arrival
    double ended = 0;
    Reply::Kind kind = Reply::Kind::ok;
    int worker = 0;
    std::string key{};
  };
  std::vector<Request> requests;
  std::vector<RunReport> reports;  // by worker
  QueueOutlook left;
  int most_in_flight = 0;  // of all workers together
  std::vector<VirtualFleet::Start> starts;
  std::vector<std::optional<LearnedPace>> learned;  // by worker

  // Of requests that arrived in that span.
  int count(Reply::Kind kind, double from, double to) const;
  double answers_per_second(double from, double to) const;
  double refused_per_100(double from, double to) const;
  // Most starts in any window of that length, half open.
  int most_starts_within(SteadyTime::duration window) const;
};

// Plays the scenario in virtual time with the real dispatcher, pacer and classifier. The same seed
// gives the same run. `seen`, where given, has the server when the run is over.
Outcome play(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Server&)>& seen = {});

}  // namespace dogged::sim
