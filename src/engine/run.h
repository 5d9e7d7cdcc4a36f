// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/stop_signal.h"
#include "http/http_client.h"
#include "job/retry_policy.h"
#include "job/source.h"
#include "pace/quota.h"
#include "store/job_store.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

class Observer;
class RequestBuilder;

// How a run goes. Each default stands beside its flag in `dogged run --help`.
struct RunOptions {
  int max_concurrency = 64;  // requests in flight, and threads, at most
  std::optional<Rate> rate;  // hard cap on starts
  // Requests in flight that this machine has the means for; no cap that others are to keep.
  int most_here = std::numeric_limits<int>::max();
  bool max_concurrency_is_cap = false;  // it was asked for: it holds for all workers together
  std::optional<Quota> quota;           // hard cap on starts, counted in the store
  double leave = 0;                     // 0..1: stay that far below what is announced or found
  bool probe_now = false;               // try once before a wait that the server asked for is over
  RetryPolicy retry;
  std::int64_t limit = 0;          // stop after that many jobs settled; 0: none
  std::optional<Millis> max_time;  // stop claiming after that
  std::optional<Millis> max_wait;  // leave rather than wait longer for the next due job
  std::int64_t max_errors = 0;     // stop when that many jobs failed; 0: none
  double max_errors_share = 0;     // the same as a share of the settled (after 100); 0: none
  bool follow = false;             // wait for new work
  bool trust_answers = false;      // no systemic stops
  Millis grace{10'000};            // for what is in flight when told to drain
  Millis commit_within{50};        // an answer is durable within that
  Millis progress_every{1'000};    // between two calls of the observer
  std::string user_agent;
  std::uint64_t seed = 0;  // of the jitter; 0: from the system
};

// Why a run ended.
enum class RunEnd {
  finished,  // nothing ready, nothing leased
  later,     // work is left for later: parked, --limit, --max-time, --max-wait, drained by SIGTERM
  interrupted,  // Ctrl-C
  systemic,     // a systemic fault, or --max-errors
  store,        // the store does not serve
};
std::string_view word(RunEnd end);

struct RunReport {
  RunEnd end = RunEnd::finished;
  std::string reason;                                // one message for people; says what to look at
  std::optional<WallTime> next_due;                  // when there is something to do again
  std::int64_t done = 0, not_found = 0, failed = 0;  // settled by this run
  std::int64_t requests = 0, refusals = 0, retries = 0;
  Millis took{0};
  QueueOutlook left;
};

// Fetches what is due until nothing is left: leases jobs, hands them to HTTP worker threads as the
// pacer permits, classifies what comes back, and commits in groups. Blocks; the calling thread is
// the run's (engine/desk.h). `store` is used on a thread of its own, one call at a time. Everything
// passed must outlive the call. `stop` is what the clients of `http` look at: the run itself calls
// request_stop on it when the grace is over or the store is lost. A drain by it ends with
// RunEnd::interrupted, whatever signal it was. The rate and the concurrency of source.limits and of
// options hold both; its quota and share are for who makes the options. Throws Error(usage) on a
// URL template or rules that do not compile, and Error where a worker thread broke; then too
// nothing is lost.
RunReport run_jobs(const Source& source, const RunOptions& options, JobStore& store,
                   HttpClientFactory& http, const Clock& clock, StopSignal& stop,
                   Observer& observer);

// A source and what makes its requests.
struct ReadySource {
  const Source& source;
  const RequestBuilder& builder;
};
// The same with a builder that was made before: making it runs the commands of cmd: references.
RunReport run_jobs(const ReadySource& ready, const RunOptions& options, JobStore& store,
                   HttpClientFactory& http, const Clock& clock, StopSignal& stop,
                   Observer& observer);

}  // namespace dogged
