// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"
#include "store/store_reader.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace dogged {

struct MemoryShared;

// The JobStore that lives in memory: what the file is to SQLite is here an object shared by all
// handles. It passes tests/contract like the real ones, dies and fails on demand, and is quick
// enough for simulated runs of many thousand jobs. One thread for each handle; handles of one store
// may be used by different threads.
class MemoryStore final : public JobStore {
 public:
  MemoryStore();  // an empty store
  ~MemoryStore() override;
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  // Another handle, and a reader, of the same store; it lives as long as one of them does.
  std::unique_ptr<MemoryStore> another_handle() const;
  std::unique_ptr<StoreReader> reader() const;

  // The worker's process dies without a word, as by kill -9.
  void kill(const WorkerId& worker);
  // Called first thing in every exchange of any handle with its number (1 for the first ever),
  // while no lock is held; what it throws is what the exchange throws, and nothing of it has
  // happened.
  void on_exchange(std::function<void(std::int64_t number)> hook);
  // The exchange of that number throws Error(store_unavailable), once. Replaces the hook.
  void fail_exchange(std::int64_t number);
  std::int64_t exchanges() const;  // made so far, failed ones too
  std::int64_t leases() const;     // given so far, a job's second one too

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
  explicit MemoryStore(std::shared_ptr<MemoryShared> shared);

  // Shared, because the store lives until its last handle, reader and import are gone.
  std::shared_ptr<MemoryShared> shared_;
};

}  // namespace dogged
