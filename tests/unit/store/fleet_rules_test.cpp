// SPDX-License-Identifier: MIT
// The cases are in tests/contract/fleet_*; here is what must hold whatever comes.
#include "store/fleet_rules.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace dogged {
namespace {

constexpr std::int64_t kStartUs = 1'790'000'000'000'000;

std::size_t join(Fleet& fleet, int& born) {
  FleetMember member;
  member.id = fmt::format("{:016x}", ++born);
  fleet.members.push_back(member);
  return fleet.members.size() - 1;
}

// What a worker knows.
struct Worker {
  int allowed = 0;
  int in_flight = 0;
  bool late = false;  // it makes its starts at the last moment rather than at the first
  struct Start {
    std::int64_t at_us;
    WallTime expires;
  };
  std::vector<Start> starts;
  // An exchange whose view has not arrived yet; it goes on with what it knew before.
  struct Asked {
    FleetView view;
    std::int64_t at_us;
  };
  std::optional<Asked> asked;
};

// Some workers that live and die, and what they do to the server.
class Simulation {
 public:
  // `tick` is a step of time.
  Simulation(const Caps& caps, Millis tick) : tick_us_(std::chrono::microseconds(tick).count()) {
    fleet_.state.limit = caps;
  }

  void step(int action, std::size_t which, int amount) {
    if (fleet_.members.empty() || (action == 0 && fleet_.members.size() < 5)) {
      workers_[fleet_.members[join(fleet_, born_)].id] = {};
      return;
    }
    const std::size_t self = which % fleet_.members.size();
    Worker& worker = workers_.at(fleet_.members[self].id);
    switch (action) {
      case 1:  // it dies; what it had in flight is not the server's any more
        workers_.erase(fleet_.members[self].id);
        fleet_.members.erase(fleet_.members.begin() + static_cast<std::ptrdiff_t>(self));
        return;
      case 2:
        worker.in_flight -= std::min(worker.in_flight, amount);
        return;
      case 3:
        worker.in_flight = std::max(worker.in_flight, worker.allowed);
        worker.late = amount % 2 == 0;
        return;
      case 4:
        give_back(self, worker);
        return;
      case 5:
        advance(amount * tick_us_ + amount);
        return;
      default:
        if (worker.asked) {
          hear(worker);
        } else {
          ask(self, worker, amount);
        }
    }
  }

  void ask(std::size_t self, Worker& worker, int wanted) {
    FleetRequest request;
    request.in_flight = worker.in_flight;
    request.permits_known = worker.allowed;
    request.starts = wanted;
    request.lead = wanted % 4 == 0 ? Millis(wanted) : Millis(0);
    // It may have waited for the disk since it looked at the clock.
    const std::int64_t asked_us = now_us_ - (wanted % 3 == 0 ? wanted * std::int64_t{5'000} : 0);
    worker.asked = {exchange_with_fleet(fleet_, self, request, from_ms(asked_us / 1000)), asked_us};
  }

  void hear(Worker& worker) {
    if (!worker.asked) {
      return;
    }
    const FleetView& view = worker.asked->view;
    worker.allowed = view.permits;
    const bool bounded = view.starts.late != std::chrono::microseconds::max();
    const std::int64_t late = worker.late && bounded ? view.starts.late.count() : 0;
    for (int i = 0; i < view.starts.count; ++i) {
      const std::int64_t slot =
          worker.asked->at_us + view.starts.first_in.count() + i * view.starts.spacing.count();
      if (!bounded || slot + view.starts.late.count() >= now_us_) {  // else its time has gone by
        worker.starts.push_back(
            {std::max(slot + late, now_us_), view.starts.expires.value_or(WallTime::max())});
      }
    }
    worker.asked.reset();
  }

  void give_back(std::size_t self, Worker& worker) {
    hear(worker);
    FleetRequest request;
    request.in_flight = worker.in_flight;
    request.permits_known = worker.allowed;
    request.returned = static_cast<int>(worker.starts.size());
    request.holds_starts = false;
    worker.starts.clear();
    worker.asked = {exchange_with_fleet(fleet_, self, request, now()), now_us_};
  }

  // Makes the starts whose time comes meanwhile.
  void advance(std::int64_t us) {
    now_us_ += us;
    for (auto& [id, worker] : workers_) {
      std::erase_if(worker.starts, [this](const Worker::Start& start) {
        if (start.at_us > now_us_) {
          return false;
        }
        if (from_ms(start.at_us / 1000) < start.expires) {
          started_us_.push_back(start.at_us);
        }
        return true;
      });
    }
  }

  // What may be in flight now, as each worker sees it.
  int usable() const {
    int sum = 0;
    for (const auto& [id, worker] : workers_) {
      sum += std::max(worker.in_flight, worker.allowed);
    }
    return sum;
  }
  WallTime now() const { return from_ms(now_us_ / 1000); }
  std::vector<std::int64_t> started_us() const {
    std::vector<std::int64_t> sorted = started_us_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  Fleet& fleet() { return fleet_; }
  std::map<std::string, Worker>& workers() { return workers_; }

 private:
  std::int64_t tick_us_;
  Fleet fleet_;
  std::map<std::string, Worker> workers_;
  std::vector<std::int64_t> started_us_;
  std::int64_t now_us_ = kStartUs;
  int born_ = 0;
};

// Mostly asking and waiting, so that the caps are used to the full.
int any_action() {
  return *rc::gen::weightedElement<int>({{1, 0}, {1, 1}, {6, 2}, {4, 3}, {4, 4}, {12, 5}, {20, 6}});
}

// rapidcheck tries small numbers first; here each case is one of full size.
int any_below(int end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, end));
}

void run_at_random(Simulation& simulation) {
  const int steps = any_below(400);
  for (int i = 0; i < steps; ++i) {
    const int action = any_action();
    simulation.step(action, static_cast<std::size_t>(any_below(5)), any_below(60));
  }
}

TEST_CASE(
    "never more may be in flight than the cap, whoever comes, goes, asks, hears late or dies") {
  CHECK(rc::check("permits", [] {
    const int cap = *rc::gen::inRange(1, 20);
    Simulation simulation(Caps{cap, {}, {}}, Millis(1));
    const int steps = any_below(200);
    for (int i = 0; i < steps; ++i) {
      const int action = any_action();
      simulation.step(action, static_cast<std::size_t>(any_below(5)), any_below(6));
      RC_ASSERT(simulation.usable() <= cap);
    }
    // Once all have drained, asked and heard, nothing of the cap is left over.
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < simulation.fleet().members.size(); ++i) {
        Worker& worker = simulation.workers().at(simulation.fleet().members[i].id);
        simulation.hear(worker);
        worker.in_flight = 0;
        simulation.ask(i, worker, 0);
        simulation.hear(worker);
        RC_ASSERT(simulation.usable() <= cap);
      }
    }
    int sum = 0;
    for (const auto& [id, worker] : simulation.workers()) {
      sum += worker.allowed;
    }
    RC_ASSERT(sum == (simulation.workers().empty() ? 0 : cap));
  }));
}

TEST_CASE("never more starts than the rate in any of its windows") {
  CHECK(rc::check("rate", [] {
    const int count = 1 + any_below(60);
    Simulation simulation(Caps{{}, Rate{static_cast<double>(count), Millis(1000)}, {}}, Millis(2));
    run_at_random(simulation);
    const std::vector<std::int64_t> starts = simulation.started_us();
    for (std::size_t i = static_cast<std::size_t>(count); i < starts.size(); ++i) {
      RC_ASSERT(starts[i] - starts[i - static_cast<std::size_t>(count)] >= 1'000'000);
    }
  }));
}

TEST_CASE("never more starts than the quota in any of its windows") {
  CHECK(rc::check("quota", [] {
    const Quota quota{*rc::gen::inRange(1, 100), Quota::Per::minute, {}, ""};
    Simulation simulation(Caps{{}, {}, quota}, Millis(200));
    run_at_random(simulation);
    std::map<WallTime, std::int64_t> used;
    for (const std::int64_t start : simulation.started_us()) {
      RC_ASSERT(++used[window_of(quota, from_ms(start / 1000)).begin] <= quota.count);
    }
  }));
}

TEST_CASE("parts add up to the whole and differ by one at most") {
  for (int cap = 1; cap < 40; ++cap) {
    for (std::size_t members = 1; members < 12; ++members) {
      int sum = 0;
      for (std::size_t place = 0; place < members; ++place) {
        sum += share_of(cap, members, place);
        CHECK(share_of(cap, members, 0) - share_of(cap, members, place) <= 1);
        CHECK(share_of(cap, members, 0) >= share_of(cap, members, place));
      }
      CHECK(sum == cap);
    }
  }
}

TEST_CASE("a quota whose clock stepped back over midnight is still used up") {
  Fleet fleet;
  int born = 0;
  fleet.state.limit.quota = Quota{5, Quota::Per::day, {}, ""};
  const std::size_t self = join(fleet, born);
  const WallTime midnight = std::chrono::floor<std::chrono::days>(from_ms(kStartUs / 1000));
  FleetRequest request;
  request.starts = 5;
  CHECK(exchange_with_fleet(fleet, self, request, midnight - Millis(10)).starts.count == 5);
  CHECK(exchange_with_fleet(fleet, self, request, midnight).starts.count == 5);
  CHECK(exchange_with_fleet(fleet, self, request, midnight - Millis(5)).starts.count == 0);
  CHECK(exchange_with_fleet(fleet, self, request, midnight + Millis(5)).starts.count == 0);
}

TEST_CASE("starts that were granted before there was a quota are none of what it counts") {
  Fleet fleet;
  int born = 0;
  fleet.state.limit.rate = Rate{1000, Millis(1000)};
  const std::size_t one = join(fleet, born);
  const std::size_t two = join(fleet, born);
  const WallTime now = from_ms(kStartUs / 1000);
  FleetRequest request;
  request.starts = 50;
  CHECK(exchange_with_fleet(fleet, one, request, now).starts.count == 50);
  fleet.state.limit = Caps{{}, {}, Quota{10, Quota::Per::day, {}, ""}};
  CHECK(exchange_with_fleet(fleet, two, request, now + Millis(1)).starts.count == 10);
  FleetRequest back;
  back.returned = 50;
  back.holds_starts = false;
  exchange_with_fleet(fleet, one, back, now + Millis(2));
  CHECK(exchange_with_fleet(fleet, two, request, now + Millis(3)).starts.count == 0);
}

}  // namespace
}  // namespace dogged
