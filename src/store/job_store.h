// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "job/job_state.h"
#include "store/clock_step.h"
#include "store/fleet.h"
#include "store/import_session.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

using JobId = std::int64_t;
using WorkerId = std::string;  // 16 hexadecimal digits, new for every process

struct LeasedJob {
  JobId id = 0;
  std::string key;
  std::int64_t epoch = 0;  // grows with every lease; the fence for settling
  int attempts = 0;        // ended requests so far
  int refusals = 0;
  int deaths = 0;         // leases in a row that ended with the worker's death
  WallTime due{};         // what it had: 0 for a fresh job
  std::string columns;    // JSON object of its first input row; empty where the row is just its key
  std::string id_column;  // the column that the key came from; empty for a key template
  // When it was first asked, where it has attempts or refusals; absent: not known, or fresh. For
  // --give-up-after.
  std::optional<WallTime> first_attempt;
};

// The server's answer as it is kept.
struct Answer {
  int http_status = 0;
  std::string content_type;
  std::string etag;
  std::string last_modified;
  WallTime fetched_at{};
  std::string body;  // after decompression; stored as text where it is UTF-8, else as a blob
};

// A row of `attempts`; plain successes have none.
struct AttemptRecord {
  WallTime started_at{};
  Millis duration{0};
  Outcome outcome = Outcome::retry;
  int http_status = 0;  // 0: no answer
  std::string error;
  std::optional<Millis> retry_after;
};

// What becomes of a leased job.
struct Settlement {
  JobId job = 0;
  std::int64_t epoch = 0;
  JobState to = JobState::ready;  // ready (asked again), done, not_found, failed; never leased
  std::optional<WallTime> due;    // for ready; absent: as it was
  int attempts_added = 0;
  int refusals_added = 0;
  int http_status = 0;           // 0: keep NULL
  std::string error;             // empty: none
  WallTime at{};                 // settled_at
  std::optional<Answer> answer;  // with done and not_found
  std::optional<AttemptRecord> attempt;
};

struct LeaseRequest {
  int max = 0;        // jobs wanted at most
  bool idle = false;  // the worker holds no lease: it may be given a suspect (see exchange)
  // What is parked until then at most counts as due: the wait that it is parked for is over.
  std::optional<WallTime> due_until = {};
  FleetRequest fleet = {};
};

// What is left, over all workers.
struct QueueOutlook {
  std::int64_t ready = 0, leased = 0, done = 0, not_found = 0, failed = 0;
  std::optional<WallTime> next_due;  // of the parked job that is due first, where none is due now
};

struct Exchange {
  std::vector<LeasedJob> leased;
  std::vector<JobId>
      too_late;  // settled jobs whose lease was no longer this worker's: nothing changed
  QueueOutlook outlook;
  FleetView fleet = {};
};

struct Recovery {
  int dead_workers = 0;
  std::int64_t given_back = 0;
  std::int64_t failed = 0;  // leased kMaxDeaths times in a row by workers that died
};

// Which settled jobs a requeue means. All that is given must hold; keys: only these.
struct RequeueFilter {
  std::vector<JobState> states{JobState::failed};  // of done, not_found, failed
  std::vector<std::string> keys;
  std::string error_like;  // substring of `error`, or a GLOB pattern where it has * or ?
  std::optional<WallTime> settled_before;  // answered longer ago
};

// Settings that are kept in the store. The words are stored: frozen.
namespace setting {
inline constexpr std::string_view kSource = "source";  // TOML text, no secrets
inline constexpr std::string_view kWait = "source_wait_until_ms";
inline constexpr std::string_view kCaps = "caps";  // JSON of pace/caps.h: `dogged limit`
inline constexpr std::string_view kPaused =
    "paused";  // ms since the epoch when `dogged pause` was said
inline constexpr std::string_view kLearned = "learned_pace";  // JSON of pace/learned_pace.h
inline constexpr std::string_view kStartSlot =
    "start_slot_us";  // the next start under the rate cap
// JSON: begin_ms and end_ms of the window, used in it; the same of other windows in "also".
inline constexpr std::string_view kQuotaUsed = "quota_used";
// JSON: since_ms, canary (worker), reporting (whether its own breaker is open).
inline constexpr std::string_view kOutage = "outage";
inline constexpr std::string_view kLastEnd = "last_run";      // JSON: why the last run ended
inline constexpr std::string_view kExportPrefix = "export:";  // + absolute path: JSON size, sha256
}  // namespace setting

// Where jobs live. Every verb is one transaction: it has happened whole, and is durable when it
// returns, or it has not happened. One thread at a time for each object; any number of objects and
// processes on one store. Throws Error(store_unavailable) where the store does not serve (disk
// full, I/O error, gone); then nothing of the call has happened, and it may be made again. Each
// promise below is tested for every implementation in tests/contract.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // --- workers
  // Registers a new worker; it counts as alive until end_worker or the death of this process. Where
  // none is alive and the last was heard of more than 10 s later than now, the clock was set back
  // in between, and what is parked is due that much earlier; the server's wait stays as it is.
  virtual WorkerId start_worker(WallTime now) = 0;
  // `look` is called in the transaction, and must not use the store. Where it tells of a step of
  // the clock that no worker told of before, what lies ahead (parked jobs, the server's wait) and
  // the outage are moved with the clock, so that what is left to wait is what was left before.
  // A time alone, however late or early, moves nothing.
  virtual void heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look) = 0;
  // The worker leaves; leases that it still holds are given back as they were.
  virtual void end_worker(const WorkerId& worker, std::string_view because, WallTime now) = 0;
  // Gives back the jobs of workers that died: ready at once, deaths + 1, an attempt row
  // "interrupted"; at kMaxDeaths the job is failed with that reason.
  virtual Recovery recover_dead_workers(WallTime now) = 0;

  // --- the run
  // Settles and leases in one transaction. A settlement counts only while the job is leased by this
  // worker with that epoch; otherwise it is dropped and listed as too late. A settlement of another
  // kind than "as it was" (no attempt, no refusal) sets deaths to 0.
  // Leases at most request.max jobs: first those whose due time has come, in order of due time,
  // then fresh ones in import order. A suspect (deaths > 0 and one short of kMaxDeaths) is leased
  // only when nothing else is due and request.idle, and then alone: so that bystanders of a death
  // are not convicted with it.
  // What request.fleet says and asks is done in the same transaction, by the rules of
  // store/fleet_rules.h. It does not bear on the leases: that a paused run, or one without permits
  // or starts, wants no jobs is for the worker to know. An exchange that changes nothing writes
  // nothing. Throws Error(usage) where a quota's time zone is not known on this machine.
  virtual Exchange exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                            const LeaseRequest& request, WallTime now) = 0;
  // Settled jobs back to ready with attempts, refusals and deaths 0; answers stay until a newer one
  // comes. How many. `epoch` is never reset.
  virtual std::int64_t requeue(const RequeueFilter& filter, WallTime now) = 0;

  // --- batches
  virtual std::unique_ptr<ImportSession> begin_import(const BatchSpec& spec) = 0;
  // Removes a batch, its rows, and the jobs (with answers and attempts) that no other batch has and
  // that are not leased. How many jobs. Throws Error(usage) where there is no such batch.
  virtual std::int64_t remove_batch(std::string_view name, WallTime now) = 0;

  // --- settings
  virtual std::optional<std::string> setting(std::string_view key) = 0;
  virtual void put_setting(std::string_view key, std::string_view value) = 0;
  // Puts what `change` makes of the present value (nothing: it was never put), with nobody else's
  // change in between. `change` must not use the store; what it throws comes through, and nothing
  // has happened.
  virtual void change_setting(
      std::string_view key,
      const std::function<std::string(const std::optional<std::string>&)>& change) = 0;
};

}  // namespace dogged
