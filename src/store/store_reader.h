// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

struct BatchInfo {
  std::int64_t id = 0;
  std::string name, file, sha256, id_column;
  std::vector<std::string> header;
  WallTime imported_at{};
  std::int64_t rows = 0, added = 0, duplicates = 0, rejected = 0;
};

struct WorkerInfo {
  WorkerId id;
  std::string host;
  std::int64_t pid = 0;
  WallTime started_at{}, seen_at{};
  std::optional<WallTime> ended_at;
  std::string ended_because;
  bool alive = false;
};

struct Overview {
  QueueOutlook jobs;  // from the counters, not counted
  std::int64_t parked = 0;
  bool parked_at_least = false;  // more may be: counting them all would take too long
  // Of the ready jobs those that have an answer and are to be asked again.
  std::int64_t answered_before = 0;
  bool answered_before_at_least = false;  // more may be, as with parked_at_least
  std::int64_t inputs = 0, rejected = 0;
  std::vector<BatchInfo> batches;
  std::vector<WorkerInfo> workers;  // the latest 10
};

struct JobRow {
  JobId id = 0;
  std::string key;
  JobState state = JobState::ready;
  int attempts = 0, refusals = 0;
  std::optional<WallTime> due, settled_at;
  int http_status = 0;
  std::string error;
};

struct JobDetail {
  JobRow job;
  std::int64_t epoch = 0;
  WorkerId worker;
  struct Input {
    std::string batch;
    std::int64_t row = 0;
    std::string columns, mended;
  };
  std::vector<Input> inputs;
  struct Attempt {
    std::int64_t epoch = 0;
    AttemptRecord record;
  };
  std::vector<Attempt> attempts;
  std::optional<Answer> answer;
};

struct JobFilter {
  std::vector<JobState> states;  // empty: all
  std::string error_like;
  JobId after = 0;         // for going on
  std::int64_t limit = 0;  // 0: all
};

struct ExportSelection {
  std::optional<std::int64_t> batch;  // absent: all batches, in order of import
  std::vector<JobState> states;       // empty: all, rejected rows too
  std::optional<WallTime> changed_since;
  bool with_bodies = true;
  // Of a batch only these rows: from `first_row`, before `end_row` (0: to the last).
  std::int64_t first_row = 0;
  std::int64_t end_row = 0;
};

struct ExportRow {
  std::int64_t batch = 0, row = 0;
  std::string_view columns;       // JSON object, or empty where the row is just its key
  std::string_view key;           // empty for a rejected row
  std::optional<JobState> state;  // nothing: rejected
  int http_status = 0;
  std::optional<WallTime> fetched_at;
  std::string_view error;  // of the job, or the reject's reason
  std::string_view mended;
  std::string_view body;  // empty where there is no answer
  std::string_view rejected_text;
};

// Read-only verbs on one consistent snapshot, taken by the first call and held until refresh() or
// destruction. Never writes, never checkpoints. One thread. Throws as JobStore does.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  virtual void refresh() = 0;  // the next call sees the store as it is then

  // Takes a new snapshot, as refresh() would make the next call do, and gives up to `n` more
  // readers of the very same one, each for a thread of its own. Fewer, or none, where the store
  // cannot.
  virtual std::vector<std::unique_ptr<StoreReader>> share(std::size_t n) = 0;

  virtual Overview overview() = 0;
  virtual std::vector<BatchInfo> batches() = 0;
  virtual std::optional<std::string> setting(std::string_view key) = 0;

  // In import order. `visit` returns false to stop. Views live until it returns.
  virtual void each_job(const JobFilter& filter,
                        const std::function<bool(const JobRow&)>& visit) = 0;
  virtual std::optional<JobDetail> find_job(std::string_view key) = 0;
  // In input order, rejected rows in their place.
  virtual void each_export_row(const ExportSelection& selection,
                               const std::function<bool(const ExportRow&)>& visit) = 0;

  // The rejected rows of a batch, in the order of the file.
  virtual void each_reject(std::int64_t batch,
                           const std::function<bool(const RejectedRow&)>& visit) = 0;

  // Proves the accounts: rows = new + duplicate + rejected for each batch, jobs = the sum of their
  // states, counters = what is counted, every done job has an answer, no lease without a worker,
  // the file's own integrity. What does not hold, one line each; empty when all is well.
  virtual std::vector<std::string> verify() = 0;
};

}  // namespace dogged
