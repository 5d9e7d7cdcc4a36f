// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "tests/fakes/memory_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace dogged {

namespace {

using Row = std::variant<ImportRow, RejectedRow>;

// The merge of one import into a copy of the data.
class Merge {
 public:
  Merge(MemoryData& data, const BatchSpec& spec) : data_(data), spec_(spec) {}

  ImportSummary run(const std::vector<Row>& rows, const std::string& sha256) {
    if (!spec_.replace.empty() && !data_.has_batch(spec_.replace)) {
      throw Error(Fault::usage, fmt::format("there is no batch {} to replace", spec_.replace));
    }
    const MemoryBatch* known = same_import(sha256);
    summary_.same_import = known != nullptr;
    for (const Row& row : rows) {
      std::visit([this](const auto& r) { take(r); }, row);
    }
    ask_again();
    if (known != nullptr) {
      summary_.batch_name = known->info.name;
      if (!spec_.replace.empty() && spec_.replace != known->info.name) {
        summary_.removed_jobs = data_.remove_batch(spec_.replace);
      }
    } else {
      put_batch(sha256);
    }
    return summary_;
  }

 private:
  const MemoryBatch* same_import(const std::string& sha256) const {
    for (const auto& [id, batch] : data_.batches) {
      if (batch.info.sha256 == sha256 && batch.id_options == spec_.id_options) {
        return &batch;
      }
    }
    return nullptr;
  }

  void take(const RejectedRow& row) {
    ++summary_.rows;
    ++summary_.rejected;
    inputs_.push_back({row.row, row.line, std::nullopt, row.columns, "", row.text, row.reason});
  }

  void take(const ImportRow& row) {
    MemoryJob* job = data_.find(row.key);
    if (job != nullptr && !spec_.url_columns.empty() && job->url_values != row.url_values) {
      ++summary_.conflicting;
      take(RejectedRow{row.row, row.line, row.columns, row.columns,
                       fmt::format("{} stands with other values of the URL's columns", row.key)});
      return;
    }
    ++summary_.rows;
    const bool first_in_file = seen_.insert(row.key).second;
    if (job == nullptr) {
      ++summary_.added;
      job = &data_.add_job(row.key);
      job->columns = row.columns;
      job->id_column = spec_.id_column;
      job->url_values = row.url_values;
    } else {
      ++summary_.duplicates;
      count_duplicate(*job, first_in_file);
    }
    inputs_.push_back({row.row, row.line, job->id, row.columns, row.mended, "", ""});
  }

  void count_duplicate(MemoryJob& job, bool first_in_file) {
    if (!first_in_file) {
      ++summary_.duplicates_in_file;
      return;
    }
    if (job.state != JobState::done && job.state != JobState::not_found) {
      return;
    }
    const WallTime at = *job.settled_at;
    ++summary_.duplicates_done;
    summary_.answered_first = std::min(summary_.answered_first.value_or(at), at);
    summary_.answered_last = std::max(summary_.answered_last.value_or(at), at);
    if (spec_.max_age && at < spec_.now - *spec_.max_age) {
      too_old_.push_back(job.id);
    }
  }

  void ask_again() {
    for (const JobId id : too_old_) {
      data_.ask_again(data_.jobs.at(id));
      ++summary_.asked_again;
    }
  }

  std::string free_name() const {
    const auto is_free = [this](const std::string& name) {
      return name == spec_.replace || !data_.has_batch(name);
    };
    std::string name = spec_.name;
    for (int n = 2; !is_free(name); ++n) {
      name = fmt::format("{}#{}", spec_.name, n);
    }
    return name;
  }

  void put_batch(const std::string& sha256) {
    summary_.batch_name = free_name();
    MemoryBatch batch;
    batch.info = {++data_.last_batch, "",        spec_.file,    sha256,         spec_.id_column,
                  spec_.header,       spec_.now, summary_.rows, summary_.added, summary_.duplicates,
                  summary_.rejected};
    batch.id_options = spec_.id_options;
    batch.inputs = std::move(inputs_);
    const std::int64_t id = batch.info.id;
    data_.batches[id] = std::move(batch);
    if (!spec_.replace.empty()) {
      summary_.removed_jobs = data_.remove_batch(spec_.replace);
    }
    data_.batches[id].info.name = summary_.batch_name;
  }

  MemoryData& data_;
  const BatchSpec& spec_;
  ImportSummary summary_;
  std::vector<MemoryInput> inputs_;
  std::set<std::string> seen_;
  std::vector<JobId> too_old_;
};

class MemoryImport final : public ImportSession {
 public:
  MemoryImport(std::shared_ptr<MemoryShared> shared, BatchSpec spec)
      : shared_(std::move(shared)), spec_(std::move(spec)) {}

  void add(const ImportRow& row) override { rows_.emplace_back(row); }
  void reject(const RejectedRow& row) override { rows_.emplace_back(row); }

  ImportSummary commit(const std::string& sha256) override {
    MemoryShared& shared = *shared_;
    const MutexLock lock(shared.mutex);
    MemoryData merged = shared.data;
    ImportSummary summary = Merge(merged, spec_).run(rows_, sha256);
    shared.data = std::move(merged);
    return summary;
  }

 private:
  std::shared_ptr<MemoryShared> shared_;
  BatchSpec spec_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<ImportSession> make_memory_import(std::shared_ptr<MemoryShared> shared,
                                                  BatchSpec spec) {
  return std::make_unique<MemoryImport>(std::move(shared), std::move(spec));
}

}  // namespace dogged
