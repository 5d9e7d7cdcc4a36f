// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::sqlite {

class WriteConnection;

// Who works on the store, and what becomes of the leases of those who died. The connection must
// outlive it. One thread at a time. SQLiteCpp's exceptions come through.
class Workers {
 public:
  explicit Workers(WriteConnection& connection) : connection_(connection) {}

  // As in JobStore.
  WorkerId start(WallTime now);
  void heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look);
  void end(const WorkerId& worker, std::string_view because, WallTime now);
  Recovery recover_dead(WallTime now);

 private:
  std::vector<WorkerId> dead_workers();
  bool recover_some(const WorkerId& worker, WallTime now, Recovery& recovery);

  WriteConnection& connection_;
};

}  // namespace dogged::sqlite
