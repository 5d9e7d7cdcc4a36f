// SPDX-License-Identifier: MIT
#include "tests/unit/engine/virtual_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace dogged {
namespace {

constexpr Moment kBegin{SteadyTime(std::chrono::hours(1)), WallTime(Millis(1'790'000'000'000))};

void go_to(Moment& now, SteadyTime at) {
  if (at > now.steady) {
    // The store's clock has milliseconds: a wall clock that rounds down would wake before it is
    // due.
    now.wall += std::chrono::ceil<Millis>(at - now.steady);
    now.steady += std::chrono::ceil<Millis>(at - now.steady);
  }
}

}  // namespace

VirtualRun::VirtualRun(const RunOptions& options, Server server,
                       const std::vector<AnswerRule>& rules)
    : now(kBegin), options_(options), server_(std::move(server)) {
  auto made = Classifier::make(rules);
  REQUIRE(made.ok());
  classifier_ = std::move(made).value();
  begin();
}

void VirtualRun::begin() {
  dispatcher_.reset();  // it refers to the pacer
  pacer_.emplace(PaceCaps{options_.max_concurrency, options_.leave}, options_.seed);
  dispatcher_ = std::make_unique<Dispatcher>(options_, *pacer_, now);
  worker_ = store.start_worker(now.wall);
}

void VirtualRun::restart(const RunOptions& options) {
  REQUIRE(flights_.empty());
  options_ = options;
  begin();
}

void VirtualRun::import(int n) {
  BatchSpec spec;
  spec.name = "list";
  spec.file = "list.csv";
  spec.now = now.wall;
  const auto session = store.begin_import(spec);
  for (int i = 1; i <= n; ++i) {
    ImportRow row;
    row.row = i;
    row.line = i;
    row.key = std::to_string(i);
    session->add(row);
  }
  REQUIRE(session->commit("sha").added == n);
}

RunReport VirtualRun::run(std::optional<Millis> until) {
  const SteadyTime end = until ? now.steady + *until : SteadyTime::max();
  while (now.steady < end) {
    ++steps;
    if (before_step) {
      before_step(*dispatcher_, now);
    }
    Step step = dispatcher_->step(now);
    for (FetchOrder& order : step.start) {
      start(std::move(order));
    }
    notices.insert(notices.end(), step.notices.begin(), step.notices.end());
    if (step.wait_is_over) {
      store.put_setting(setting::kWait, "0");
    }
    if (step.abort && !flights_.empty()) {
      interrupt_all();
      continue;
    }
    if (step.commit) {
      exchange(*step.commit);
      continue;
    }
    if (step.over) {
      store.end_worker(worker_, "over", now.wall);
      break;
    }
    SteadyTime next = std::min(step.wake_at, end);
    if (!flights_.empty()) {
      next = std::min(next, flights_.begin()->first);
    }
    REQUIRE(next < now.steady + std::chrono::hours(24 * 30));
    go_to(now, next);
    while (!flights_.empty() && flights_.begin()->first <= now.steady) {
      Flight flight = std::move(flights_.begin()->second);
      flights_.erase(flights_.begin());
      land(std::move(flight));
    }
  }
  return dispatcher_->report(now);
}

QueueOutlook VirtualRun::totals() {
  const auto handle = store.another_handle();
  const WorkerId worker = handle->start_worker(now.wall);
  const QueueOutlook outlook = handle->exchange(worker, {}, {}, now.wall).outlook;
  handle->end_worker(worker, "looked", now.wall);
  return outlook;
}

void VirtualRun::start(FetchOrder order) {
  starts.push_back(now.steady);
  urls.push_back(order.request ? order.request->url : "");
  Served served = server_(order.job.key, ++asked[order.job.key], now);
  const SteadyTime ends = now.steady + served.latency;
  flights_.emplace(ends, Flight{std::move(order), std::move(served), now});
  most_in_flight = std::max(most_in_flight, static_cast<int>(flights_.size()));
}

void VirtualRun::interrupt_all() {
  aborted = true;
  for (auto flights = std::exchange(flights_, {}); auto& [ends, flight] : flights) {
    flight.served.result = HttpFailure{HttpFailure::Kind::interrupted, "told to stop"};
    land(std::move(flight));
  }
}

void VirtualRun::exchange(const Commit& commit) {
  ++exchanges;
  for (const Settlement& s : commit.settlements) {
    const auto ended = ended_at_.find(s.job);
    if (ended == ended_at_.end()) {
      continue;
    }
    // What failed may wait until it is known whose fault it is.
    if (s.to != JobState::done && s.to != JobState::not_found) {
      ended_at_.erase(ended);
    } else {
      longest_uncommitted = std::max(
          longest_uncommitted, std::chrono::duration_cast<Millis>(now.steady - ended->second));
      ended_at_.erase(ended);
    }
  }
  Exchange exchange = store.exchange(worker_, commit.settlements, commit.request, now.wall);
  most_leased = std::max(most_leased, exchange.outlook.leased);
  dispatcher_->on_exchanged(commit, std::move(exchange), now);
}

void VirtualRun::land(Flight flight) {
  EndedAttempt ended;
  ended.job = std::move(flight.order.job);
  ended.start = flight.order.start;
  ended.started_at = flight.started.wall;
  ended.duration = std::chrono::duration_cast<Millis>(now.steady - flight.started.steady);
  ended_at_[ended.job.id] = now.steady;
  judge(ended, flight.order, std::move(flight.served.result), *classifier_, now.wall);
  dispatcher_->on_ended(std::move(ended), now);
}

}  // namespace dogged
