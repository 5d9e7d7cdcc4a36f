// SPDX-License-Identifier: MIT
#include "tests/sim/fleet.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace dogged::sim {
namespace {

constexpr Moment kBegin{SteadyTime(std::chrono::hours(1)), WallTime(Millis(1'790'000'000'000))};
// What engine/run.cpp does beside the dispatcher.
constexpr Millis kProgressEvery{1'000};
constexpr Millis kRecoverEvery{5'000};
constexpr Millis kRecoverWhileWaiting{1'000};
constexpr Millis kLearnEvery{10'000};
constexpr Span kTurnTakes = std::chrono::microseconds(50);  // a loop that spins takes time too
constexpr Span kMostOvertaking = Millis(3);

}  // namespace

struct VirtualFleet::Worker {
  Worker(int its_number, const RunOptions& its_options, Moment now)
      : number(its_number),
        options(its_options),
        pacer({options.max_concurrency, options.leave}, options.seed),
        dispatcher(options, pacer, now) {}

  bool lives() const { return !dead && !over; }

  const int number;
  const RunOptions options;
  AdaptivePacer pacer;
  Dispatcher dispatcher;
  std::unique_ptr<MemoryStore> store;
  WorkerId id;
  std::optional<Commit> commit;
  Exchange exchange;
  SteadyTime wake_at{};
  SteadyTime recover_at{};
  SteadyTime recover_soon_at{};
  SteadyTime learn_at{};
  bool dead = false;
  bool over = false;
  RunReport report;
};

VirtualFleet::VirtualFleet(const Surroundings& around, Server server, std::uint64_t seed)
    : around_(around), server_(std::move(server)), random_(seed ^ 0x5eedU), steady_(kBegin.steady) {
  auto made = Classifier::make({});
  REQUIRE(made.ok());
  classifier_ = std::move(made).value();
}

VirtualFleet::~VirtualFleet() = default;

void VirtualFleet::import(int n) {
  BatchSpec spec;
  spec.name = "list";
  spec.file = "list.csv";
  spec.now = now().wall;
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

int VirtualFleet::add(RunOptions options) {
  const int number = static_cast<int>(workers_.size());
  if (options.seed == 0) {
    options.seed = random_() | 1U;
  }
  const Moment t = now();
  auto worker = std::make_unique<Worker>(number, options, t);
  worker->store = store.another_handle();
  worker->id = worker->store->start_worker(t.wall);
  worker->wake_at = t.steady;
  worker->recover_at = t.steady + kRecoverEvery;
  worker->learn_at = t.steady + kLearnEvery;
  worker->store->recover_dead_workers(t.wall);
  if (const auto text = worker->store->setting(setting::kLearned)) {
    const auto learned = learned_from_json(*text);
    if (const auto start = learned ? start_from(*learned, t.wall) : std::nullopt) {
      worker->pacer.start_near(*start, t.steady);
    }
  }
  workers_.push_back(std::move(worker));
  most_in_flight.push_back(0);
  return number;
}

void VirtualFleet::stop(int number) {
  Worker& worker = *workers_.at(static_cast<std::size_t>(number));
  if (worker.lives()) {
    worker.dispatcher.end(RunEnd::interrupted, "told to stop", now());
    worker.wake_at = steady_;
  }
}

void VirtualFleet::kill(int number) {
  Worker& worker = *workers_.at(static_cast<std::size_t>(number));
  if (worker.lives()) {
    worker.dead = true;
    in_flight_ -= worker.dispatcher.in_flight();
    store.kill(worker.id);
  }
}

void VirtualFleet::at(Span when, std::function<void()> what) {
  put(kBegin.steady + when, What::script, scripts_.size());
  scripts_.push_back(std::move(what));
}

void VirtualFleet::run(Span until) {
  const SteadyTime end = kBegin.steady + until;
  while (!over()) {
    SteadyTime next = end;
    for (const auto& worker : workers_) {
      if (worker->lives()) {
        next = std::min(next, worker->wake_at);
      }
    }
    if (!events_.empty()) {
      next = std::min(next, events_.top().at);
    }
    steady_ = std::max(steady_, next);
    if (steady_ >= end) {
      break;
    }
    while (!events_.empty() && events_.top().at <= steady_) {
      const Event event = events_.top();
      events_.pop();
      handle(event);
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i]->lives() && workers_[i]->wake_at <= steady_) {
        turn(*workers_[i]);
      }
    }
  }
}

Moment VirtualFleet::now() const {
  const auto passed = std::chrono::floor<Millis>(steady_ - kBegin.steady);
  return {steady_, kBegin.wall + passed + wall_step_};
}

bool VirtualFleet::over() const {
  const bool scripted = std::any_of(scripts_.begin(), scripts_.end(),
                                    [](const auto& script) { return script != nullptr; });
  return !scripted && std::none_of(workers_.begin(), workers_.end(),
                                   [](const auto& worker) { return worker->lives(); });
}

RunReport VirtualFleet::report(int number) const {
  const Worker& worker = *workers_.at(static_cast<std::size_t>(number));
  return worker.over ? worker.report : worker.dispatcher.report(now());
}

std::optional<LearnedPace> VirtualFleet::learned(int worker) const {
  return workers_.at(static_cast<std::size_t>(worker))->pacer.learned();
}

PaceView VirtualFleet::view(int worker) const {
  return workers_.at(static_cast<std::size_t>(worker))->pacer.view(steady_);
}

QueueOutlook VirtualFleet::totals() {
  const auto handle = store.another_handle();
  const WorkerId worker = handle->start_worker(now().wall);
  const QueueOutlook outlook = handle->exchange(worker, {}, {}, now().wall).outlook;
  handle->end_worker(worker, "looked", now().wall);
  return outlook;
}

void VirtualFleet::put(SteadyTime at, What what, std::size_t of) {
  events_.push({at, next_order_++, what, of});
}

void VirtualFleet::handle(const Event& event) {
  switch (event.what) {
    case What::arrives:
      arrive(event.of);
      break;
    case What::lands:
      land(event.of);
      break;
    case What::transacts:
      transact(*workers_[event.of]);
      break;
    case What::exchanged: {
      Worker& worker = *workers_[event.of];
      if (worker.lives()) {
        const Commit commit = std::move(*worker.commit);
        worker.commit.reset();
        worker.dispatcher.on_exchanged(commit, std::move(worker.exchange), now());
        worker.wake_at = steady_;
      }
      break;
    }
    case What::script:
      std::exchange(scripts_[event.of], nullptr)();
      break;
  }
}

void VirtualFleet::turn(Worker& worker) {
  ++steps;
  upkeep(worker);
  Step step = worker.dispatcher.step(now());
  for (FetchOrder& order : step.start) {
    begin(worker, std::move(order));
  }
  if (step.wait_is_over) {
    worker.store->put_setting(setting::kWait, "0");
  }
  if (step.abort) {
    interrupt(worker);
  }
  worker.wake_at = std::max(steady_ + kTurnTakes, std::min(step.wake_at, steady_ + kProgressEvery));
  if (step.commit) {
    worker.commit = std::move(step.commit);
    // The transaction is somewhere in the time that the exchange takes.
    const Span takes = between(around_.exchange_least, around_.exchange_most);
    const auto of = static_cast<std::size_t>(worker.number);
    put(steady_ + between(Span(0), takes), What::transacts, of);
    put(steady_ + takes, What::exchanged, of);
  } else if (step.over) {
    keep_learned(worker);
    worker.over = true;
    worker.report = worker.dispatcher.report(now());
    worker.store->end_worker(worker.id, "over", now().wall);
  }
}

void VirtualFleet::upkeep(Worker& worker) {
  if (steady_ >= worker.learn_at) {
    worker.learn_at = steady_ + kLearnEvery;
    keep_learned(worker);
  }
  const bool waits = worker.dispatcher.only_others_work() && steady_ >= worker.recover_soon_at;
  if (steady_ >= worker.recover_at || waits) {
    worker.recover_at = steady_ + kRecoverEvery;
    worker.recover_soon_at = steady_ + kRecoverWhileWaiting;
    if (worker.store->recover_dead_workers(now().wall).dead_workers > 0) {
      worker.dispatcher.on_recovered(now());
    }
  }
}

void VirtualFleet::keep_learned(Worker& worker) {
  if (std::optional<LearnedPace> learned = worker.pacer.learned()) {
    learned->at = now().wall;
    worker.store->put_setting(setting::kLearned, to_json(*learned));
  }
}

void VirtualFleet::begin(Worker& worker, FetchOrder&& order) {
  const auto recent =
      std::lower_bound(starts.begin(), starts.end(), steady_ - Millis(1),
                       [](const Start& start, SteadyTime from) { return start.at < from; });
  const auto others = starts.end() - recent;
  starts.push_back({steady_, worker.number});
  int& most = most_in_flight[static_cast<std::size_t>(worker.number)];
  most = std::max(most, worker.dispatcher.in_flight());
  most_in_flight_together = std::max(most_in_flight_together, ++in_flight_);
  const std::size_t id = next_flight_++;
  flights_.emplace(id, Flight{worker.number, std::move(order), now(), {}});
  const Span late = between(Span(0), std::min(kMostOvertaking, around_.overtaking * others));
  put(steady_ + around_.round_trip / 2 + late, What::arrives, id);
}

void VirtualFleet::arrive(std::size_t id) {
  Flight& flight = flights_.at(id);
  Served served = server_({flight.worker, flight.order.job.key, steady_ - kBegin.steady});
  flight.result = std::move(served.result);
  put(steady_ + served.takes + around_.round_trip / 2, What::lands, id);
}

void VirtualFleet::land(std::size_t id) {
  const auto found = flights_.find(id);
  if (found == flights_.end()) {
    return;
  }
  Flight flight = std::move(found->second);
  flights_.erase(found);
  Worker& worker = *workers_[static_cast<std::size_t>(flight.worker)];
  if (!worker.lives()) {
    return;
  }
  --in_flight_;
  EndedAttempt ended;
  ended.job = std::move(flight.order.job);
  ended.start = flight.order.start;
  ended.started_at = flight.started.wall;
  ended.duration = std::chrono::duration_cast<Millis>(steady_ - flight.started.steady);
  judge(ended, flight.order, std::move(*flight.result), *classifier_, now().wall);
  worker.dispatcher.on_ended(std::move(ended), now());
  worker.wake_at = steady_;
}

void VirtualFleet::interrupt(Worker& worker) {
  std::vector<std::size_t> ids;
  for (auto& [id, flight] : flights_) {
    if (flight.worker == worker.number && flight.result) {
      flight.result = HttpFailure{HttpFailure::Kind::interrupted, "told to stop"};
      ids.push_back(id);
    }
  }
  for (const std::size_t id : ids) {
    land(id);
  }
}

void VirtualFleet::transact(Worker& worker) {
  if (!worker.lives()) {
    return;
  }
  worker.commit->at = now();
  worker.exchange = worker.store->exchange(worker.id, worker.commit->settlements,
                                           worker.commit->request, now().wall);
}

Span VirtualFleet::between(Span least, Span most) {
  return least >= most
             ? least
             : Span(std::uniform_int_distribution<Span::rep>(least.count(), most.count())(random_));
}

}  // namespace dogged::sim
