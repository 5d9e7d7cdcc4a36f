// SPDX-License-Identifier: MIT
// A share of the server's limit that is left to others.
#include "pace/adaptive_pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace dogged {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr SteadyTime kBegin{std::chrono::hours(1)};
constexpr Millis kRoundTrip{50};
constexpr double kLeave = 0.5;

struct Moment {
  Millis at;
  int in_flight;  // with the one that starts
};

struct Ending {
  Millis ends;
  Pacer::StartId id;
  PaceSignal signal;
  ServerHint hint;
};

// What a client that always has a job does in a time, a millisecond at a time.
class Client {
 public:
  explicit Client(double leave) : pacer({64, leave}, 7) {}

  // `takes`: whether the server takes a request; else it refuses it.
  void play(const std::function<bool(const Moment&)>& takes, Millis until) {
    for (; now < until; ++now) {
      while (!in_flight_.empty() && in_flight_.front().ends <= now) {
        const Ending ended = in_flight_.front();
        in_flight_.pop_front();
        pacer.on_end(ended.id, ended.signal, ended.hint, kBegin + now);
      }
      while (pacer.next_start(kBegin + now).kind == StartDecision::Kind::now) {
        start(takes({now, static_cast<int>(in_flight_.size()) + 1}));
      }
    }
  }

  double starts_per_second(Millis from, Millis to) const {
    return static_cast<double>(count(starts, from, to)) /
           std::chrono::duration<double>(to - from).count();
  }
  static std::int64_t count(const std::vector<Millis>& times, Millis from, Millis to) {
    return std::count_if(times.begin(), times.end(),
                         [&](Millis at) { return at >= from && at < to; });
  }

  AdaptivePacer pacer;
  std::optional<double> announced;
  bool too_many = true;  // refusals are 429
  Millis now{0};
  std::vector<Millis> starts;
  std::vector<Millis> refusals;
  std::size_t most_at_once = 0;  // the test sets it back

 private:
  void start(bool taken) {
    starts.push_back(now);
    Ending ending{now + kRoundTrip, pacer.on_start(kBegin + now), PaceSignal::answered, {}};
    ending.hint.announced_rate = announced;
    if (!taken) {
      refusals.push_back(now);
      ending.signal = PaceSignal::refused;
      ending.hint.too_many = too_many;
    }
    in_flight_.push_back(ending);
    most_at_once = std::max(most_at_once, in_flight_.size());
  }

  std::deque<Ending> in_flight_;
};

// A token bucket that holds 10.
std::function<bool(const Moment&)> bucket(double per_second) {
  return [=, tokens = 10.0, filled = Millis(0)](const Moment& m) mutable {
    const auto passed = static_cast<double>((m.at - filled).count());
    tokens = std::min(10.0, tokens + per_second / 1000 * passed);
    filled = m.at;
    if (tokens < 1) {
      return false;
    }
    tokens -= 1;
    return true;
  };
}

TEST_CASE("half of an announced rate is left to others") {
  Client client(kLeave);
  client.announced = 40;
  client.play([](const Moment&) { return true; }, minutes(1));
  CHECK(client.starts_per_second(seconds(1), minutes(1)) == doctest::Approx(20).epsilon(0.03));
}

TEST_CASE("half of a rate that was found is left, and for ten minutes nothing is probed") {
  Client client(kLeave);
  client.play(bucket(50), minutes(21));
  REQUIRE_FALSE(client.refusals.empty());
  const Millis first = client.refusals.front();
  CHECK(first < seconds(30));
  const auto search_ends = first + seconds(20);
  const auto rest_ends = first + minutes(10);
  CHECK(Client::count(client.refusals, search_ends, rest_ends) == 0);
  CHECK(client.starts_per_second(search_ends, rest_ends) > 0.45 * 50);
  // One refusal tells the rate with the ten in it that the bucket had saved up.
  CHECK(client.starts_per_second(search_ends, rest_ends) <= 0.5 * 60);
  // Then the limit is looked for again, once, and left alone.
  CHECK(Client::count(client.refusals, rest_ends, minutes(11)) > 0);
  CHECK(Client::count(client.refusals, minutes(11), minutes(20)) == 0);
  CHECK(client.starts_per_second(minutes(11), minutes(20)) > 0.45 * 50);
  CHECK(client.starts_per_second(minutes(11), minutes(20)) <= 0.5 * 60);
}

TEST_CASE("half of the places that were found is left") {
  Client client(kLeave);
  client.too_many = false;  // a 429 would be one of a rate
  const auto takes = [](const Moment& m) { return m.in_flight <= 20; };
  client.play(takes, minutes(2));  // a minute at most until any refusal will do
  REQUIRE_FALSE(client.refusals.empty());
  client.most_at_once = 0;
  const std::size_t refused = client.refusals.size();
  client.play(takes, minutes(9));
  CHECK(client.most_at_once >= 8);
  CHECK(client.most_at_once <= 10);
  CHECK(client.refusals.size() == refused);
  client.play(takes, minutes(12));
  CHECK(client.refusals.size() > refused);
}

TEST_CASE("half of what a server took in an earlier run is left") {
  Client client(kLeave);
  client.pacer.start_near({40, 60.0, {}}, kBegin);
  client.play([](const Moment&) { return true; }, minutes(5));
  CHECK(client.starts_per_second(seconds(1), minutes(5)) == doctest::Approx(30).epsilon(0.03));
  CHECK(client.pacer.learned()->rate == 60);  // the server's, not our share
}

TEST_CASE("with nothing to be left there is no rest") {
  Client client(0);
  client.play(bucket(50), minutes(2));
  CHECK(client.starts_per_second(minutes(1), minutes(2)) >= 0.97 * 50);
}

TEST_CASE("a share of one, or more, still lets requests through") {
  Client client(7);
  client.announced = 1'000;
  client.play([](const Moment&) { return true; }, minutes(1));
  CHECK(client.starts_per_second(seconds(1), minutes(1)) == doctest::Approx(9.9).epsilon(0.03));
}

}  // namespace
}  // namespace dogged
