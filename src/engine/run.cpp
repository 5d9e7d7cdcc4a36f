// SPDX-License-Identifier: MIT
#include "engine/run.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/classify.h"
#include "engine/clock_watch.h"
#include "engine/desk.h"
#include "engine/dispatcher.h"
#include "engine/every.h"
#include "engine/fetch_pool.h"
#include "engine/moment.h"
#include "engine/observer.h"
#include "engine/request_builder.h"
#include "engine/run_caps.h"
#include "engine/signal_watch.h"
#include "engine/store_thread.h"
#include "pace/adaptive_pacer.h"
#include "pace/learned_pace.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <random>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kHeartbeatEvery{5'000};
constexpr Millis kRecoverEvery{5'000};
constexpr Millis kRecoverWhileWaiting{1'000};  // while only others hold leases
constexpr Millis kLearnEvery{10'000};

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

// One run: its thread, which does what the dispatcher's steps leave to it, with what it wires
// together.
class Run {
 public:
  Run(const RunOptions& options, const RequestBuilder& builder, const Classifier& classifier,
      const Seams& seams)
      : options_(options),
        seams_(seams),
        pacer_({options.max_concurrency, options.leave}, seed_of(options)),
        desk_(options_, pacer_, seams.clock),
        pool_({seams.http, builder, classifier, seams.clock},
              static_cast<std::size_t>(options.max_concurrency), desk_),
        store_([this] { desk_.wake(); }),
        watch_(seams.stop, [this] { desk_.wake(); }) {}

  ~Run() { stop_threads(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  RunReport go() {
    try {
      with_store([&] { enter(); });
      while (!turn()) {
      }
      store_.finish();
    } catch (...) {
      abandon();
      throw;
    }
    with_store([&] { leave(); });
    RunReport report = desk_.with([](Dispatcher& d, Moment t) { return d.report(t); });
    // A store that is lost comes first: it is what has to be looked at.
    if (const std::string crash = desk_.crash(); !crash.empty() && report.end != RunEnd::store) {
      throw Error(crash + "; nothing was lost, run again to resume");
    }
    tell_progress();
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
    std::string reason = std::string(e.what()) + "; what is done is kept, run again to resume";
    desk_.with([&](Dispatcher& d, Moment t) { d.on_store_lost(std::move(reason), t); });
  }

  // Has `verbs` done on the store's thread, and then `then` here.
  template <typename Verbs, typename Then>
  void post(Verbs&& verbs, Then&& then) {
    store_.post(std::forward<Verbs>(verbs), [this, then](const std::exception_ptr& error) {
      try {
        if (error) {
          std::rethrow_exception(error);
        }
        then();
      } catch (const Error& e) {
        lose_store_or_throw(e);
      }
    });
  }

  void enter() {
    const Moment t = now();
    worker_ = seams_.store.start_worker(t.wall);
    beats_.begin();
    heartbeat_.start(t.steady);
    recover_.start(t.steady);
    learn_.start(t.steady);
    tell_recovery(seams_.store.recover_dead_workers(t.wall));
    if (const auto text = seams_.store.setting(setting::kLearned)) {
      const auto learned = learned_from_json(*text);
      if (const auto start = learned ? start_from(*learned, t.wall) : std::nullopt) {
        desk_.with([&](Dispatcher& d, Moment) { d.start_near(*start); });
      }
    }
  }

  // One turn of the loop; true when the run is over.
  bool turn() {
    store_.follow_up();
    heed_signals();
    upkeep(now());
    Step step = desk_.step();
    for (FetchOrder& order : step.start) {
      start(std::move(order));
    }
    if (step.abort) {
      seams_.stop.request_stop();
    }
    for (const std::string& notice : step.notices) {
      seams_.observer.on_notice(notice);
    }
    if (step.wait_is_over) {
      post([this] { seams_.store.put_setting(setting::kWait, "0"); }, [] {});
    }
    if (step.commit) {
      commit(std::move(*step.commit));
    }
    if (step.over) {
      return true;
    }
    desk_.wait(upkeep_at());
    return false;
  }

  void start(FetchOrder&& order) {
    if (auto unmade = pool_.start(std::move(order))) {
      desk_.with([&](Dispatcher& d, Moment t) {
        d.on_ended(unmade_attempt(std::move(*unmade), "no more threads are allowed", t.wall), t);
      });
    }
  }

  // The exchange goes on while requests start and end.
  void commit(Commit&& commit) {
    commit_ = std::move(commit);
    store_.post([this] { exchanged_ = exchange(commit_); },
                [this](const std::exception_ptr& error) { on_committed(error); });
  }

  Exchange exchange(Commit& commit) {
    beats_.beat_if_stepped(worker_);
    commit.at = now();
    return seams_.store.exchange(worker_, commit.settlements, commit.request, commit.at.wall);
  }

  void on_committed(const std::exception_ptr& error) {
    try {
      if (error) {
        std::rethrow_exception(error);
      }
    } catch (const Error& e) {
      uncommitted_ = std::move(commit_.settlements);
      lose_store_or_throw(e);
      return;
    }
    if (!exchanged_.too_late.empty()) {
      log_debug(with_thousands(static_cast<std::int64_t>(exchanged_.too_late.size())) +
                " answers came too late: their leases were given to others");
    }
    desk_.with(
        [this](Dispatcher& d, Moment t) { d.on_exchanged(commit_, std::move(exchanged_), t); });
  }

  void heed_signals() {
    if (!seams_.stop.draining()) {
      return;
    }
    desk_.with([this](Dispatcher& d, Moment t) {
      if (!d.ending()) {
        d.end(RunEnd::interrupted, "told to stop", t);
      }
      if (seams_.stop.stopping()) {
        d.abort();
      }
    });
  }

  void tell_progress() {
    seams_.observer.on_progress(desk_.with([](Dispatcher& d, Moment t) { return d.progress(t); }));
  }

  void upkeep(const Moment& t) {
    if (desk_.ask(&Dispatcher::knows_store) && progress_.due(t.steady)) {
      tell_progress();
    }
    if (worker_.empty()) {
      return;  // the store never took us on
    }
    if (const Millis step = clock_.take_step(); step != Millis(0)) {
      desk_.with([&](Dispatcher& d, Moment) { d.on_clock_step(step); });
      heartbeat_.make_due();  // what is stored of the future is to be put right
    }
    // One of each kind at a time: a store that is stuck must not find a heap of them.
    if (!beating_ && heartbeat_.due(t.steady)) {
      beating_ = true;
      post([this] { beats_.beat(worker_); }, [this] { beating_ = false; });
    }
    if (learn_.due(t.steady)) {
      keep_learned();
    }
    const bool soon = desk_.ask(&Dispatcher::only_others_work) && recover_soon_.due(t.steady);
    if ((recover_.due(t.steady) || soon) && !recovering_) {
      recover(t);
    }
  }
  SteadyTime upkeep_at() {
    const SteadyTime beat = beating_ ? SteadyTime::max() : heartbeat_.at();
    const SteadyTime at = std::min({progress_.at(), beat, recover_.at(), learn_.at()});
    return desk_.ask(&Dispatcher::only_others_work) ? std::min(at, recover_soon_.at()) : at;
  }

  void recover(const Moment& t) {
    recover_.start(t.steady);
    recover_soon_.start(t.steady);
    recovering_ = true;
    post([this, t] { recovery_ = seams_.store.recover_dead_workers(t.wall); },
         [this] {
           recovering_ = false;
           tell_recovery(recovery_);
         });
  }

  void tell_recovery(const Recovery& recovery) {
    if (recovery.dead_workers == 0) {
      return;
    }
    desk_.with([](Dispatcher& d, Moment t) { d.on_recovered(t); });
    if (recovery.given_back > 0 || recovery.failed > 0) {
      seams_.observer.on_notice(
          with_thousands(recovery.given_back) + " jobs of a run that died are ready again" +
          (recovery.failed > 0 ? "; " + with_thousands(recovery.failed) +
                                     " were given up: every run that had them died"
                               : ""));
    }
  }

  // For the next run, where there is something new.
  void keep_learned() {
    const auto learned = desk_.ask(&Dispatcher::learned);
    if (!learned || learned->at == learned_at_) {
      return;
    }
    learned_at_ = learned->at;
    post([this, text = to_json(*learned)] { seams_.store.put_setting(setting::kLearned, text); },
         [] {});
  }

  void leave() {
    if (worker_.empty()) {
      return;
    }
    const RunEnd end = desk_.with([](Dispatcher& d, Moment t) { return d.report(t).end; });
    if (end == RunEnd::store && !commit_rest()) {
      return;
    }
    keep_learned();
    store_.finish();
    const std::string crash = desk_.crash();
    seams_.store.end_worker(worker_, crash.empty() ? word(end) : crash, now().wall);
  }

  // One more try for a store that was lost: what came in meanwhile may be kept yet, or not.
  bool commit_rest() {
    Commit rest;
    rest.settlements = std::move(uncommitted_);
    for (Settlement& s : desk_.with([](Dispatcher&d, Moment) { return d.take_unsettled(); })) {
      rest.settlements.push_back(std::move(s));
    }
    try {
      Exchange exchanged = exchange(rest);
      desk_.with([&](Dispatcher& d, Moment t) { d.on_exchanged(rest, std::move(exchanged), t); });
      return true;
    } catch (const Error& e) {
      log_debug(std::string("the store still does not serve: ") + e.what());
      desk_.with([&](Dispatcher& d, Moment) { d.on_not_stored(rest.settlements); });
      return false;
    }
  }

  // An exception leaves the run: the leases go back now rather than at the end of this process.
  void abandon() noexcept {
    stop_threads();
    store_.drop();
    try {
      if (!worker_.empty()) {
        seams_.store.end_worker(worker_, "error", now().wall);
      }
    } catch (...) {
      // The first error counts. Who comes next finds that this worker has died.
    }
  }

  // Whatever ends the run, no thread stays behind and none waits for one that has left.
  void stop_threads() {
    if (desk_.ask(&Dispatcher::in_flight) > 0) {
      seams_.stop.request_stop();
    }
    desk_.close();
    pool_.stop();
  }

  const RunOptions& options_;
  const Seams seams_;
  AdaptivePacer pacer_;  // the desk's
  Desk desk_;
  FetchPool pool_;
  WorkerId worker_;
  std::vector<Settlement> uncommitted_;  // of the exchange that failed
  Every heartbeat_{kHeartbeatEvery};
  Every recover_{kRecoverEvery};
  Every recover_soon_{kRecoverWhileWaiting};
  Every progress_{options_.progress_every};
  Every learn_{kLearnEvery};
  // Of the work on the store's thread, until it is followed up.
  Commit commit_;
  Exchange exchanged_;
  Recovery recovery_;
  bool recovering_ = false, beating_ = false;
  ClockWatch clock_{seams_.clock};
  Heartbeat beats_{seams_.store, seams_.clock};  // of the store's thread, once there is one
  WallTime learned_at_{};                        // of what is kept
  StoreThread store_;
  SignalWatch watch_;  // last, as store_ is: its thread uses desk_
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
