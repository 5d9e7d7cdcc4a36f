// SPDX-License-Identifier: MIT
#include "tests/fakes/memory_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dogged {

namespace {

JobRow row_of(const MemoryJob& job) {
  JobRow row;
  row.id = job.id;
  row.key = job.key;
  row.state = job.state;
  row.attempts = job.attempts;
  row.refusals = job.refusals;
  if (job.state == JobState::ready && job.due_ms > 0) {
    row.due = from_ms(job.due_ms);
  }
  row.settled_at = job.settled_at;
  row.http_status = job.http_status;
  row.error = job.error;
  return row;
}

bool wanted(const std::vector<JobState>& states, JobState state) {
  return states.empty() || std::ranges::count(states, state) > 0;
}

bool wanted(const ExportSelection& selection, const MemoryJob* job) {
  if (job == nullptr) {
    return selection.states.empty() && !selection.changed_since;
  }
  return wanted(selection.states, job->state) &&
         (!selection.changed_since || (job->answer && job->changed_at >= *selection.changed_since));
}

ExportRow export_row(std::int64_t batch, const MemoryInput& input, const MemoryJob* job,
                     bool with_body) {
  ExportRow row;
  row.batch = batch;
  row.row = input.row;
  row.columns = input.columns;
  if (job == nullptr) {
    row.error = input.reason;
    row.rejected_text = input.text;
    return row;
  }
  row.key = job->key;
  row.state = job->state;
  row.http_status = job->http_status;
  row.error = job->error;
  row.mended = input.mended;
  if (job->answer) {
    row.fetched_at = job->answer->fetched_at;
    row.body = with_body ? std::string_view(job->answer->body) : std::string_view();
  }
  return row;
}

class MemoryReader final : public StoreReader {
 public:
  explicit MemoryReader(std::shared_ptr<MemoryShared> shared) : shared_(std::move(shared)) {}

  void refresh() override { snapshot_.reset(); }

  std::vector<std::unique_ptr<StoreReader>> share(std::size_t n) override {
    refresh();
    snapshot();
    std::vector<std::unique_ptr<StoreReader>> others;
    while (others.size() < n) {
      auto other = std::make_unique<MemoryReader>(shared_);
      other->snapshot_ = snapshot_;
      others.push_back(std::move(other));
    }
    return others;
  }

  Overview overview() override {
    const MemoryData& data = snapshot();
    const WallTime now = SystemClock().wall();
    Overview overview;
    overview.jobs = data.outlook(now);
    overview.parked = data.parked(now);
    overview.batches = batches();
    for (const BatchInfo& batch : overview.batches) {
      overview.inputs += batch.rows;
      overview.rejected += batch.rejected;
    }
    for (auto worker = data.workers.rbegin();
         worker != data.workers.rend() && overview.workers.size() < 10; ++worker) {
      overview.workers.push_back(*worker);
    }
    return overview;
  }

  std::vector<BatchInfo> batches() override {
    std::vector<BatchInfo> result;
    for (const auto& [id, batch] : snapshot().batches) {
      result.push_back(batch.info);
    }
    return result;
  }

  std::optional<std::string> setting(std::string_view key) override {
    const auto& settings = snapshot().settings;
    const auto found = settings.find(key);
    return found == settings.end() ? std::nullopt : std::optional(found->second);
  }

  void each_job(const JobFilter& filter, const std::function<bool(const JobRow&)>& visit) override {
    const auto& jobs = snapshot().jobs;
    std::int64_t given = 0;
    for (auto it = jobs.upper_bound(filter.after); it != jobs.end(); ++it) {
      if (!wanted(filter.states, it->second.state) ||
          !error_matches(filter.error_like, it->second.error)) {
        continue;
      }
      ++given;
      if (!visit(row_of(it->second)) || given == filter.limit) {
        return;
      }
    }
  }

  std::optional<JobDetail> find_job(std::string_view key) override {
    const MemoryJob* job = snapshot().find(key);
    if (job == nullptr) {
      return std::nullopt;
    }
    JobDetail detail;
    detail.job = row_of(*job);
    detail.epoch = job->epoch;
    detail.worker = job->worker;
    detail.attempts = job->attempt_rows;
    detail.answer = job->answer;
    for (const auto& [id, batch] : snapshot().batches) {
      for (const MemoryInput& input : batch.inputs) {
        if (input.job == job->id) {
          detail.inputs.push_back({batch.info.name, input.row, input.columns, input.mended});
        }
      }
    }
    return detail;
  }

  void each_export_row(const ExportSelection& selection,
                       const std::function<bool(const ExportRow&)>& visit) override {
    const MemoryData& data = snapshot();
    for (const auto& [id, batch] : data.batches) {
      if (selection.batch && *selection.batch != id) {
        continue;
      }
      for (const MemoryInput& input : batch.inputs) {
        if (input.row < selection.first_row ||
            (selection.end_row > 0 && input.row >= selection.end_row)) {
          continue;
        }
        const MemoryJob* job = input.job ? &data.jobs.at(*input.job) : nullptr;
        if (wanted(selection, job) && !visit(export_row(id, input, job, selection.with_bodies))) {
          return;
        }
      }
    }
  }

  void each_reject(std::int64_t batch,
                   const std::function<bool(const RejectedRow&)>& visit) override {
    const MemoryData& data = snapshot();
    const auto found = data.batches.find(batch);
    if (found == data.batches.end()) {
      return;
    }
    for (const MemoryInput& input : found->second.inputs) {
      if (!input.job && !visit({input.row, input.line, input.columns, input.text, input.reason})) {
        return;
      }
    }
  }

  std::vector<std::string> verify() override {
    std::vector<std::string> faults;
    const MemoryData& data = snapshot();
    for (const auto& [id, batch] : data.batches) {
      const BatchInfo& info = batch.info;
      if (info.rows != info.added + info.duplicates + info.rejected ||
          info.rows != std::ssize(batch.inputs)) {
        faults.push_back(fmt::format("batch {}: its rows do not add up", info.name));
      }
    }
    const QueueOutlook counted = data.outlook(WallTime{});
    if (counted.ready + counted.leased + counted.done + counted.not_found + counted.failed !=
        std::ssize(data.jobs)) {
      faults.emplace_back("the counters are not what is counted");
    }
    for (const auto& [id, job] : data.jobs) {
      if (job.state == JobState::done && !job.answer) {
        faults.push_back(fmt::format("{} is done without an answer", job.key));
      }
      if ((job.state == JobState::leased) == job.worker.empty()) {
        faults.push_back(fmt::format("{}: a lease without a worker, or the reverse", job.key));
      }
    }
    return faults;
  }

 private:
  MemoryData& snapshot() {
    if (!snapshot_) {
      MemoryShared& shared = *shared_;
      const MutexLock lock(shared.mutex);
      snapshot_ = shared.data;
    }
    return *snapshot_;
  }

  std::shared_ptr<MemoryShared> shared_;
  std::optional<MemoryData> snapshot_;
};

}  // namespace

std::unique_ptr<StoreReader> make_memory_reader(std::shared_ptr<MemoryShared> shared) {
  return std::make_unique<MemoryReader>(std::move(shared));
}

}  // namespace dogged
