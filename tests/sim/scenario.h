// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/servers.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::sim {

// The server of a run, and with it all that is random there.
using MakeServer = std::function<std::unique_ptr<Server>(std::mt19937_64&)>;

// See servers.h.
MakeServer hard_cap(int cap, double mean_seconds, double variation,
                    std::vector<Change> changes = {});
MakeServer bucket(double rate, double burst, int status, bool tells_wait, double mean_seconds);
MakeServer fixed_window(FixedWindow::Shape shape, double mean_seconds = 0.02);
MakeServer down(MakeServer inner, int from_second, int to_second, Reply reply);
MakeServer faulty(MakeServer inner, double share);

inline constexpr Span kNear = std::chrono::microseconds(200);  // round trips
inline constexpr Span kFar = Millis(2);

// The seeds of a case: 1 to n. A failing case prints its seed, and the same seed gives the same
// run: DOGGED_SIM_SEED=7 plays only that one. DOGGED_SIM_SEEDS=2 plays no more than two, for builds
// that are slow.
std::vector<std::uint64_t> seeds(int n);

// For people: with DOGGED_SIM_TABLE set, prints a row of figures: shares of what the server allows
// and refusals per 100 answers, of the whole time but the beginning, of the worst seed, and of the
// first ten seconds.
void tell(std::string_view name, double goodput, double refused, double least = 0, double early = 0,
          double early_refused = 0);

// Clients on one store with more jobs than they can do, before one server.
struct Scenario {
  MakeServer server;
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

// With up to 256 requests at once, and no cap.
Scenario scenario(MakeServer server, Span round_trip, double seconds, int jobs);

// Plays the scenario in virtual time with the real dispatcher, pacer and classifier. The same seed
// gives the same run. `seen`, where given, has the server when the run is over.
Outcome play(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Server&)>& seen = {});

}  // namespace dogged::sim
