// SPDX-License-Identifier: MIT
// What a MemoryStore holds, and its verbs without locks. Only the memory store's own files use it.
#pragma once

#include "base/sync.h"
#include "store/fleet_rules.h"
#include "store/job_store.h"
#include "store/store_reader.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dogged {

struct MemoryJob {
  JobId id = 0;
  std::string key;
  JobState state = JobState::ready;
  int attempts = 0, refusals = 0, deaths = 0;
  std::int64_t due_ms = 0;  // 0: fresh
  std::int64_t epoch = 0;
  WorkerId worker;
  int http_status = 0;
  std::string error;
  std::optional<WallTime> settled_at;
  std::optional<WallTime> first_attempt;       // since it was last requeued
  std::string columns, id_column, url_values;  // of the first input
  std::vector<JobDetail::Attempt> attempt_rows;
  std::optional<Answer> answer;
  WallTime changed_at{};
};

struct MemoryInput {
  std::int64_t row = 0, line = 0;
  std::optional<JobId> job;  // nothing: rejected
  std::string columns, mended;
  std::string text, reason;  // of a reject
};

struct MemoryBatch {
  BatchInfo info;
  std::string id_options;
  std::vector<MemoryInput> inputs;
};

// A value: a copy is a snapshot. The caller serialises.
class MemoryData {
 public:
  WorkerId start_worker(WallTime now);
  void end_worker(const WorkerId& worker, std::string_view because, WallTime now);
  Recovery recover_dead_workers(WallTime now);
  void heartbeat(const WorkerId& worker, const ClockSight& sight);
  Exchange exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                    const LeaseRequest& request, WallTime now);
  std::int64_t requeue(const RequeueFilter& filter);
  std::int64_t remove_batch(std::string_view name);

  // Gives the new job back, ready and fresh.
  MemoryJob& add_job(const std::string& key);
  MemoryJob* find(std::string_view key);
  void ask_again(MemoryJob& job);
  bool has_batch(std::string_view name) const;
  QueueOutlook outlook(WallTime now) const;
  std::int64_t parked(WallTime now) const;

  std::map<JobId, MemoryJob> jobs;
  std::map<std::int64_t, MemoryBatch> batches;
  std::vector<WorkerInfo> workers;  // in order of start
  std::map<WorkerId, FleetMember> members;
  std::map<std::string, std::string, std::less<>> settings;
  std::int64_t last_batch = 0;

 private:
  WorkerInfo* worker(const WorkerId& id);
  void heed_clock_set_back(WallTime now);
  void move_jobs(const ClockMove& clock);
  void move_what_is_shared(const ClockMove& clock);
  FleetView exchange_with_members(const WorkerId& worker, const FleetRequest& request,
                                  WallTime now);
  bool settle(const WorkerId& worker, const Settlement& settlement);
  void lease(const WorkerId& worker, const LeaseRequest& request, WallTime now,
             std::vector<LeasedJob>& leased);
  LeasedJob lease_one(const WorkerId& worker, MemoryJob& job);
  void give_back_from_the_dead(MemoryJob& job, WallTime now, Recovery& recovery);
  static void keep_attempt(MemoryJob& job, std::int64_t epoch, const AttemptRecord& record);
  // The only ways to change a job's state: the index and the counters follow.
  void move(MemoryJob& job, JobState to, std::int64_t due_ms);
  void count(const MemoryJob& job, int by);

  std::unordered_map<std::string, JobId> by_key_;
  std::set<std::pair<std::int64_t, JobId>> ready_;  // (due_ms, id): fresh ones first, by id
  std::map<WorkerId, std::set<JobId>> leases_;
  std::array<std::int64_t, 5> counters_{};
  JobId last_job_ = 0;
};

struct MemoryShared {
  mutable Mutex mutex;
  MemoryData data GUARDED_BY(mutex);
  std::int64_t exchanges GUARDED_BY(mutex) = 0;
  std::int64_t leases GUARDED_BY(mutex) = 0;
  std::function<void(std::int64_t)> hook GUARDED_BY(mutex);
};

// A substring, or a GLOB pattern where it has * or ?. An empty pattern matches all.
bool error_matches(const std::string& pattern, const std::string& error);

std::unique_ptr<ImportSession> make_memory_import(std::shared_ptr<MemoryShared> shared,
                                                  BatchSpec spec);
std::unique_ptr<StoreReader> make_memory_reader(std::shared_ptr<MemoryShared> shared);

}  // namespace dogged
