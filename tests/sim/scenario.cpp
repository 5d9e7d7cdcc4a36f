// SPDX-License-Identifier: MIT
#include "tests/sim/scenario.h"

#include "tests/fakes/scripted_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>

namespace dogged::sim {
namespace {

using std::chrono::duration;

constexpr Span kTimeout = std::chrono::seconds(5);  // of the client

std::vector<HttpHeader> headers_of(const Reply& reply) {
  std::vector<HttpHeader> headers;
  if (reply.retry_after) {
    headers.push_back({"Retry-After", std::to_string(*reply.retry_after)});
  }
  if (reply.announces) {
    headers.push_back(
        {"RateLimit-Policy", "\"all\";q=" + std::to_string(*reply.announces) + ";w=1"});
  }
  return headers;
}

HttpResponse answer_of(const Reply& reply, const std::string& key) {
  HttpResponse answer = json_answer("{\"id\":" + key + "}");
  for (HttpHeader& header : headers_of(reply)) {
    answer.headers.push_back(std::move(header));
  }
  return answer;
}

HttpResult result_of(const Reply& reply, const std::string& key) {
  switch (reply.kind) {
    case Reply::Kind::ok:
      return answer_of(reply, key);
    case Reply::Kind::refused:
      return response(reply.status, "", headers_of(reply));
    case Reply::Kind::error:
      return response(500, "");
    case Reply::Kind::lost:
      break;
  }
  if (reply.takes >= kTimeout) {
    return HttpFailure{HttpFailure::Kind::timed_out, "timed out"};
  }
  return HttpFailure{HttpFailure::Kind::closed, "connection closed"};
}

}  // namespace

MakeServer hard_cap(int cap, double mean_seconds, double variation, std::vector<Change> changes) {
  return [=](std::mt19937_64& random) {
    return std::make_unique<HardCap>(ServiceTime(random, mean_seconds, variation), cap, changes);
  };
}

MakeServer bucket(double rate, double burst, int status, bool tells_wait, double mean_seconds) {
  TokenBucket::Shape shape;
  shape.rate = rate;
  shape.burst = burst;
  shape.status = status;
  shape.tells_wait = tells_wait;
  return [=](std::mt19937_64& random) {
    return std::make_unique<TokenBucket>(random, ServiceTime(random, mean_seconds, 0.3), shape);
  };
}

MakeServer fixed_window(FixedWindow::Shape shape, double mean_seconds) {
  return [=](std::mt19937_64& random) {
    return std::make_unique<FixedWindow>(random, ServiceTime(random, mean_seconds, 0.3), shape);
  };
}

MakeServer down(MakeServer inner, int from_second, int to_second, Reply reply) {
  return [=](std::mt19937_64& random) {
    return std::make_unique<Outage>(inner(random), std::chrono::seconds(from_second),
                                    std::chrono::seconds(to_second), reply);
  };
}

MakeServer faulty(MakeServer inner, double share) {
  return [=](std::mt19937_64& random) {
    return std::make_unique<Faulty>(inner(random), random, share);
  };
}

std::vector<std::uint64_t> seeds(int n) {
  if (const char* only = std::getenv("DOGGED_SIM_SEED")) {
    return {std::strtoull(only, nullptr, 10)};
  }
  if (const char* most = std::getenv("DOGGED_SIM_SEEDS")) {
    n = std::min(n, std::max(1, std::atoi(most)));
  }
  std::vector<std::uint64_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), std::uint64_t{1});
  return all;
}

void tell(std::string_view name, double goodput, double refused, double least, double early,
          double early_refused) {
  if (std::getenv("DOGGED_SIM_TABLE") != nullptr) {
    fmt::print("{:<28} goodput {:.3f} refused {:5.2f} | least {:.3f} | first 10 s {:.3f} {:5.2f}\n",
               name, goodput, refused, least, early, early_refused);
  }
}

Scenario scenario(MakeServer server, Span round_trip, double seconds, int jobs) {
  Scenario s;
  s.server = std::move(server);
  s.around.round_trip = round_trip;
  s.seconds = seconds;
  s.jobs = jobs;
  s.max_concurrency = 256;
  return s;
}

int Outcome::count(Reply::Kind kind, double from, double to) const {
  return static_cast<int>(std::count_if(requests.begin(), requests.end(), [&](const Request& r) {
    return r.kind == kind && r.at >= from && r.at < to;
  }));
}

double Outcome::answers_per_second(double from, double to) const {
  return static_cast<double>(std::count_if(requests.begin(), requests.end(),
                                           [&](const Request& r) {
                                             return r.kind == Reply::Kind::ok && r.ended >= from &&
                                                    r.ended < to;
                                           })) /
         (to - from);
}

double Outcome::refused_per_100(double from, double to) const {
  return 100.0 * count(Reply::Kind::refused, from, to) /
         std::max(1, count(Reply::Kind::ok, from, to));
}

int Outcome::most_starts_within(SteadyTime::duration window) const {
  std::size_t most = 0;
  for (std::size_t from = 0, to = 0; from < starts.size(); ++from) {
    while (to < starts.size() && starts[to].at - starts[from].at < window) {
      ++to;
    }
    most = std::max(most, to - from);
  }
  return static_cast<int>(most);
}

Outcome play(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Server&)>& seen) {
  std::mt19937_64 random(seed);
  const std::unique_ptr<Server> server = scenario.server(random);
  Outcome outcome;
  const auto serve = [&](const Arrival& arrival) -> Served {
    Reply reply = server->arrive(arrival.at);
    reply.takes = std::min(reply.takes, kTimeout);
    outcome.requests.push_back({duration<double>(arrival.at).count(),
                                duration<double>(arrival.at + reply.takes).count(), reply.kind,
                                arrival.worker, arrival.key});
    return {result_of(reply, arrival.key), reply.takes};
  };
  VirtualFleet fleet(scenario.around, serve, seed);
  fleet.import(scenario.jobs);
  for (int i = 0; i < scenario.workers; ++i) {
    RunOptions options;
    options.seed = seed + static_cast<std::uint64_t>(i);
    options.max_concurrency = scenario.max_concurrency;
    options.rate = scenario.rate;
    if (scenario.set_up) {
      scenario.set_up(options);
    }
    fleet.add(options);
  }
  if (scenario.script) {
    scenario.script(fleet);
  }
  fleet.run(std::chrono::duration_cast<Span>(duration<double>(scenario.seconds)));
  for (int i = 0; i < fleet.workers(); ++i) {
    outcome.reports.push_back(fleet.report(i));
    outcome.learned.push_back(fleet.learned(i));
  }
  outcome.left = fleet.totals();
  outcome.most_in_flight = fleet.most_in_flight_together;
  outcome.starts = std::move(fleet.starts);
  if (seen) {
    seen(*server);
  }
  return outcome;
}

}  // namespace dogged::sim
