// SPDX-License-Identifier: MIT
#include "tests/sim/scenario.h"

#include "tests/fakes/scripted_http.h"

#include <algorithm>
#include <string>
#include <utility>

namespace dogged::sim {
namespace {

using std::chrono::duration;

constexpr Span kTimeout = std::chrono::seconds(5);  // of the client

HttpResult result_of(const Reply& reply, const std::string& key) {
  switch (reply.kind) {
    case Reply::Kind::ok:
      return json_answer("{\"id\":" + key + "}");
    case Reply::Kind::refused:
      if (reply.retry_after) {
        return response(reply.status, "", {{"Retry-After", std::to_string(*reply.retry_after)}});
      }
      return response(reply.status, "");
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

Outcome play(const Scenario& scenario, std::uint64_t seed,
             const std::function<void(Server&)>& seen) {
  std::mt19937_64 random(seed);
  const std::unique_ptr<Server> server = scenario.server(random);
  RunOptions options;
  options.seed = seed;
  options.max_concurrency = scenario.max_concurrency;
  options.rate = scenario.rate;
  Outcome outcome;
  std::optional<SteadyTime> began;
  const auto serve = [&](const std::string& key, int, Moment now) -> Served {
    if (!began) {
      began = now.steady;
    }
    const Span at = now.steady - *began + scenario.round_trip / 2;
    Reply reply = server->arrive(at);
    reply.takes = std::min(reply.takes, kTimeout);
    const Span ends = at + reply.takes;
    outcome.requests.push_back(
        {duration<double>(at).count(), duration<double>(ends).count(), reply.kind});
    return {result_of(reply, key), reply.takes + scenario.round_trip};
  };
  VirtualRun run(options, serve);
  run.import(scenario.jobs);
  const auto until = std::chrono::duration_cast<Millis>(duration<double>(scenario.seconds));
  outcome.report = run.run(until);
  outcome.left = run.totals();
  outcome.most_in_flight = run.most_in_flight;
  outcome.starts = std::move(run.starts);
  if (seen) {
    seen(*server);
  }
  return outcome;
}

}  // namespace dogged::sim
