// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/reader_statement.h"
#include "store/store_reader.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::sqlite {

// The StoreReader on a connection of its own that cannot write. Its snapshot is a read transaction,
// which holds nobody up but keeps the WAL from being cut back while it lasts. What is parked or due
// is told by the machine's clock. One thread.
class SqliteReader final : public StoreReader {
 public:
  // Counted one by one up to here; beyond, see Overview::parked_at_least.
  static constexpr std::int64_t kParkedLimit = 100'000;  // 50 ms

  // `path` comes from resolve_store_path. Throws as Database does.
  explicit SqliteReader(const std::string& path, std::int64_t parked_limit = kParkedLimit);
  ~SqliteReader() override;
  SqliteReader(const SqliteReader&) = delete;
  SqliteReader& operator=(const SqliteReader&) = delete;

  void refresh() override;
  std::vector<std::unique_ptr<StoreReader>> share(std::size_t n) override;
  Overview overview() override;
  std::vector<BatchInfo> batches() override;
  std::optional<std::string> setting(std::string_view key) override;
  void each_job(const JobFilter& filter, const std::function<bool(const JobRow&)>& visit) override;
  std::optional<JobDetail> find_job(std::string_view key) override;
  void each_export_row(const ExportSelection& selection,
                       const std::function<bool(const ExportRow&)>& visit) override;
  void each_reject(std::int64_t batch,
                   const std::function<bool(const RejectedRow&)>& visit) override;
  std::vector<std::string> verify() override;

 private:
  // Opened under the write lock of another reader of the same path.
  SqliteReader(const std::string& path, std::int64_t parked_limit, const WriteLock& held);

  bool in_snapshot();
  void take_snapshot();
  std::int64_t data_version();
  // On the snapshot, which it takes where there is none yet.
  ReadStatement select(std::string_view sql);
  QueueOutlook outlook(WallTime now);
  std::int64_t count_at_most(const char* sql, std::int64_t limit, WallTime now);
  void count_parked(Overview& overview, WallTime now);
  std::vector<WorkerInfo> latest_workers();
  void read_inputs(JobDetail& detail);
  void read_attempts(JobDetail& detail);
  void read_answer(JobDetail& detail);

  const std::int64_t parked_limit_;
  FileLocks locks_;  // tell which workers live
  Database database_;
};

// `path`, where there is a store; throws Error(usage) where there is none. Before FileLocks, which
// would make its side file beside a store that is not there.
const std::string& require_store(const std::string& path);

// The columns that job_row reads, from a table or subquery `jobs`.
inline constexpr std::string_view kJobColumns =
    "jobs.id, jobs.key, jobs.state, jobs.attempts, jobs.refusals, jobs.due_ms,"
    " jobs.settled_at_ms, jobs.http_status, jobs.error";
JobRow job_row(const ReadStatement& row);

// "'done', 'failed'": states as a list for IN.
std::string sql_list(const std::vector<JobState>& states);

}  // namespace dogged::sqlite
