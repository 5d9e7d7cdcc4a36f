// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"

#include <memory>
#include <string>

namespace dogged {
class StopSignal;
}

namespace dogged::sqlite {

class WriteConnection;
class Workers;
class Exchanger;

// The JobStore in a SQLite file. Its workers live as long as it does: destroyed without end_worker,
// they have died. Import sessions that it began may outlive it.
class SqliteStore final : public JobStore {
 public:
  // `path` comes from resolve_store_path. Makes the store where there is none. `stop` (or null) as
  // in open_store.
  explicit SqliteStore(const std::string& path, const StopSignal* stop = nullptr);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  WorkerId start_worker(WallTime now) override;
  void heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look) override;
  void end_worker(const WorkerId& worker, std::string_view because, WallTime now) override;
  Recovery recover_dead_workers(WallTime now) override;
  Exchange exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                    const LeaseRequest& request, WallTime now) override;
  std::int64_t requeue(const RequeueFilter& filter, WallTime now) override;
  std::unique_ptr<ImportSession> begin_import(const BatchSpec& spec) override;
  std::int64_t remove_batch(std::string_view name, WallTime now) override;
  std::optional<std::string> setting(std::string_view key) override;
  void put_setting(std::string_view key, std::string_view value) override;
  void change_setting(
      std::string_view key,
      const std::function<std::string(const std::optional<std::string>&)>& change) override;

 private:
  // Shared with the import sessions, which merge through it.
  std::shared_ptr<WriteConnection> connection_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<Exchanger> exchanger_;
};

}  // namespace dogged::sqlite
