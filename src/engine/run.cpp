// SPDX-License-Identifier: MIT
#include "engine/run.h"

#include "base/bounded_queue.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/classify.h"
#include "engine/dispatcher.h"
#include "engine/fetch_pool.h"
#include "engine/moment.h"
#include "engine/observer.h"
#include "engine/request_builder.h"
#include "engine/signal_watch.h"
#include "pace/adaptive_pacer.h"
#include "pace/retry_after.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kHeartbeatEvery{5'000};
constexpr Millis kRecoverEvery{5'000};
constexpr Millis kRecoverWhileWaiting{1'000};  // while only others hold leases
constexpr Millis kProgressEvery{1'000};

// A thing that is to be done again and again.
class Every {
 public:
  explicit Every(Millis period) : period_(period) {}
  // True at most once a period.
  bool due(SteadyTime now) {
    if (now < at_) {
      return false;
    }
    at_ = now + period_;
    return true;
  }
  SteadyTime at() const { return at_; }
  void start(SteadyTime now) { at_ = now + period_; }

 private:
  const Millis period_;
  SteadyTime at_{};
};

// Both the user's caps and the source's hold.
RunOptions capped(RunOptions options, const LimitSpec& limits) {
  if (limits.max_concurrency) {
    options.max_concurrency = std::min(options.max_concurrency, *limits.max_concurrency);
  }
  options.max_concurrency = std::max(1, options.max_concurrency);
  if (limits.rate && (!options.rate || limits.rate->per_second() < options.rate->per_second())) {
    options.rate = limits.rate;
  }
  return options;
}

// Nothing where the setting is none or cannot be right: no server's wait is longer than the
// longest.
std::optional<WallTime> wait_from(const std::optional<std::string>& setting, WallTime now) {
  std::int64_t ms = 0;
  if (!setting) {
    return std::nullopt;
  }
  const char* end = setting->data() + setting->size();
  const auto parsed = std::from_chars(setting->data(), end, ms);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  const WallTime until = from_ms(ms);
  return until <= now + kLongestWait ? std::optional<WallTime>(until) : std::nullopt;
}

std::uint64_t seed_of(const RunOptions& options) {
  return options.seed != 0 ? options.seed : std::random_device{}();
}

// The collaborators of one run, passed through.
struct Seams {
  JobStore& store;
  HttpClientFactory& http;
  const Clock& clock;
  StopSignal& stop;
  Observer& observer;
};

// One run: the dispatcher's thread with what it wires together.
class Run {
 public:
  Run(const RunOptions& options, const RequestBuilder& builder, const Classifier& classifier,
      const Seams& seams)
      : options_(options),
        seams_(seams),
        pacer_({options.max_concurrency}, seed_of(options)),
        dispatcher_(options_, pacer_, now()),
        ended_(static_cast<std::size_t>(options.max_concurrency) * 2),
        pool_({seams.http, builder, classifier, seams.clock},
              static_cast<std::size_t>(options.max_concurrency), ended_),
        watch_(seams.stop, [this] { ended_.wake(); }) {}

  ~Run() { stop_threads(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  RunReport go() {
    try {
      with_store([&] { enter(); });
      while (!turn()) {
      }
    } catch (...) {
      abandon();
      throw;
    }
    with_store([&] { leave(); });
    RunReport report = dispatcher_.report(now());
    // A store that is lost comes first: it is what has to be looked at.
    if (!crash_.empty() && report.end != RunEnd::store) {
      throw Error(crash_ + "; nothing was lost, run again to resume");
    }
    seams_.observer.on_progress(dispatcher_.progress(now()));
    return report;
  }

 private:
  Moment now() const { return Moment::now(seams_.clock); }

  // Runs `verbs`; a store that does not serve ends the run, other errors go up.
  template <typename Verbs>
  void with_store(Verbs&& verbs) {
    try {
      verbs();
    } catch (const Error& e) {
      lose_store_or_throw(e);
    }
  }

  // To be called while `e` is being handled.
  void lose_store_or_throw(const Error& e) {
    if (e.fault() != Fault::store_unavailable) {
      throw;
    }
    dispatcher_.on_store_lost(std::string(e.what()) + "; what is done is kept, run again to resume",
                              now());
  }

  void enter() {
    const Moment t = now();
    worker_ = seams_.store.start_worker(t.wall);
    heartbeat_.start(t.steady);
    recover(t);
    if (const auto until = wait_from(seams_.store.setting(setting::kWait), t.wall);
        until > t.wall) {
      dispatcher_.resume_source_wait(*until);
    }
  }

  // One turn of the loop; true when the run is over.
  bool turn() {
    const Moment t = now();
    heed_signals(t);
    with_store([&] { upkeep(t); });
    Step step = dispatcher_.step(t);
    for (FetchOrder& order : step.start) {
      pool_.start(std::move(order));
    }
    if (step.abort) {
      seams_.stop.request_stop();
    }
    for (const std::string& notice : step.notices) {
      seams_.observer.on_notice(notice);
    }
    if (step.source_wait) {
      with_store([&] {
        seams_.store.put_setting(setting::kWait, std::to_string(to_ms(*step.source_wait)));
      });
    }
    if (step.commit) {
      commit(*step.commit);
      return false;
    }
    if (step.over) {
      return true;
    }
    for (EndedAttempt& ended : ended_.pop_all_until(std::min(step.wake_at, upkeep_at()))) {
      note_crash(ended);
      dispatcher_.on_ended(std::move(ended), now());
    }
    return false;
  }

  void commit(const Commit& commit) {
    try {
      Exchange exchange =
          seams_.store.exchange(worker_, commit.settlements, commit.request, now().wall);
      if (!exchange.too_late.empty()) {
        log_debug(with_thousands(static_cast<std::int64_t>(exchange.too_late.size())) +
                  " answers came too late: their leases were given to others");
      }
      dispatcher_.on_exchanged(commit, std::move(exchange), now());
    } catch (const Error& e) {
      uncommitted_ = commit.settlements;
      lose_store_or_throw(e);
    }
  }

  void heed_signals(const Moment& t) {
    if (!seams_.stop.draining()) {
      return;
    }
    if (!dispatcher_.ending()) {
      dispatcher_.end(RunEnd::interrupted, "told to stop", t);
    }
    if (seams_.stop.stopping()) {
      dispatcher_.abort();
    }
  }

  void upkeep(const Moment& t) {
    if (dispatcher_.knows_store() && progress_.due(t.steady)) {
      seams_.observer.on_progress(dispatcher_.progress(t));
    }
    if (worker_.empty()) {
      return;  // the store never took us on
    }
    if (heartbeat_.due(t.steady)) {
      seams_.store.heartbeat(worker_, t.wall);
    }
    if (recover_.due(t.steady) || (dispatcher_.only_others_work() && recover_soon_.due(t.steady))) {
      recover(t);
    }
  }
  SteadyTime upkeep_at() const {
    const SteadyTime at = std::min({progress_.at(), heartbeat_.at(), recover_.at()});
    return dispatcher_.only_others_work() ? std::min(at, recover_soon_.at()) : at;
  }

  void recover(const Moment& t) {
    const Recovery recovery = seams_.store.recover_dead_workers(t.wall);
    recover_.start(t.steady);
    recover_soon_.start(t.steady);
    if (recovery.dead_workers == 0) {
      return;
    }
    dispatcher_.on_recovered(t);
    if (recovery.given_back > 0 || recovery.failed > 0) {
      seams_.observer.on_notice(
          with_thousands(recovery.given_back) + " jobs of a run that died are ready again" +
          (recovery.failed > 0 ? "; " + with_thousands(recovery.failed) +
                                     " were given up: every run that had them died"
                               : ""));
    }
  }

  void note_crash(const EndedAttempt& ended) {
    if (!ended.crash.empty() && crash_.empty()) {
      crash_ = ended.crash;
      dispatcher_.end(RunEnd::interrupted, crash_, now());
    }
  }

  void leave() {
    if (worker_.empty()) {
      return;
    }
    const RunEnd end = dispatcher_.report(now()).end;
    if (end == RunEnd::store && !commit_rest()) {
      return;
    }
    seams_.store.end_worker(worker_, crash_.empty() ? word(end) : crash_, now().wall);
  }

  // One more try for a store that was lost: what came in meanwhile may be kept yet. False: it is
  // not.
  bool commit_rest() {
    Commit rest;
    rest.settlements = std::move(uncommitted_);
    for (Settlement& s : dispatcher_.take_unsettled()) {
      rest.settlements.push_back(std::move(s));
    }
    try {
      Exchange exchange =
          seams_.store.exchange(worker_, rest.settlements, rest.request, now().wall);
      dispatcher_.on_exchanged(rest, std::move(exchange), now());
      return true;
    } catch (const Error& e) {
      log_debug(std::string("the store still does not serve: ") + e.what());
      dispatcher_.on_not_stored(rest.settlements);
      return false;
    }
  }

  // An exception leaves the run: the leases go back now rather than at the end of this process.
  void abandon() noexcept {
    stop_threads();
    try {
      if (!worker_.empty()) {
        seams_.store.end_worker(worker_, "error", now().wall);
      }
    } catch (const std::exception& e) {
      log_debug(std::string("cannot leave the store: ") + e.what());  // the first error counts
    }
  }

  // Whatever ends the run, no thread stays behind and none waits for one that has left.
  void stop_threads() {
    if (dispatcher_.in_flight() > 0) {
      seams_.stop.request_stop();
    }
    ended_.close();
    pool_.stop();
  }

  const RunOptions& options_;
  const Seams seams_;
  AdaptivePacer pacer_;
  Dispatcher dispatcher_;
  BoundedQueue<EndedAttempt> ended_;
  FetchPool pool_;
  WorkerId worker_;
  std::vector<Settlement> uncommitted_;  // of the exchange that failed
  std::string crash_;                    // what broke a worker thread
  Every heartbeat_{kHeartbeatEvery};
  Every recover_{kRecoverEvery};
  Every recover_soon_{kRecoverWhileWaiting};
  Every progress_{kProgressEvery};
  SignalWatch watch_;  // last: its thread uses ended_
};

template <typename T>
T value_or_usage_error(Result<T> result) {
  if (!result) {
    throw Error(Fault::usage, result.error());
  }
  return std::move(result).value();
}

}  // namespace

// One parameter a seam, each of another type: a struct would only give them names twice.
// NOLINTNEXTLINE(readability-function-size)
RunReport run_jobs(const Source& source, const RunOptions& options, JobStore& store,
                   HttpClientFactory& http, const Clock& clock, StopSignal& stop,
                   Observer& observer) {
  const auto builder = value_or_usage_error(RequestBuilder::make(source, options.user_agent));
  return run_jobs(ReadySource{source, *builder}, options, store, http, clock, stop, observer);
}

// NOLINTNEXTLINE(readability-function-size)
RunReport run_jobs(const ReadySource& ready, const RunOptions& options, JobStore& store,
                   HttpClientFactory& http, const Clock& clock, StopSignal& stop,
                   Observer& observer) {
  const auto classifier = value_or_usage_error(Classifier::make(ready.source.answers));
  const RunOptions both = capped(options, ready.source.limits);
  Run run(both, ready.builder, *classifier, {store, http, clock, stop, observer});
  return run.go();
}

}  // namespace dogged
