// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"
#include "store/sqlite/fleet_table.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dogged::sqlite {

class CounterChange;
class WriteConnection;

// Settles and leases: the hot path of a run. The connection must outlive it. One thread at a time.
class Exchanger {
 public:
  explicit Exchanger(WriteConnection& connection) : connection_(connection), fleet_(connection) {}

  // JobStore::exchange. SQLiteCpp's exceptions come through.
  Exchange exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                    const LeaseRequest& request, WallTime now);

 private:
  std::optional<Exchange> only_look(const WorkerId& worker, const FleetRequest& request,
                                    WallTime now);
  void settle(const WorkerId& worker, std::span<const Settlement> settlements,
              CounterChange& change, std::vector<JobId>& too_late);
  void store_answer(const Settlement& settlement);
  void store_attempt(const WorkerId& worker, const Settlement& settlement);
  std::vector<LeasedJob> choose(const LeaseRequest& request, WallTime now);
  void choose_suspect(WallTime now, std::vector<LeasedJob>& chosen);
  using IdColumns = std::map<std::int64_t, std::string>;  // by batch
  void lease(const WorkerId& worker, std::vector<LeasedJob>& jobs);
  void lease_run(std::span<LeasedJob* const> run, const WorkerId& worker);
  void read_inputs(std::span<LeasedJob* const> run, IdColumns& id_columns);
  const std::string& id_column_of(std::int64_t batch, IdColumns& known);
  std::optional<WallTime> first_attempt(const LeasedJob& job);
  bool holds_suspect(const WorkerId& worker, std::span<const Settlement> settlements) const;

  WriteConnection& connection_;
  FleetTable fleet_;
  // The suspect that a worker holds, and thus nothing else. A lease never outlives the process of
  // its worker, so the store need not be asked.
  std::map<WorkerId, JobId> suspects_;
};

}  // namespace dogged::sqlite
