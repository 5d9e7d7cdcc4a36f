// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"
#include "store/store_reader.h"

#include <memory>
#include <string>
#include <vector>

namespace dogged::contract {

// What a worker of another process held when it died.
struct DeadWorker {
  WorkerId id;
  int permits = 0, starts = 0;    // of the fleet's
  std::vector<LeasedJob> leased;  // id, key and epoch are told, no more
};

// One fresh store of one backend, for one test case. An implementation is default-constructible; a
// new backend joins by its name in kBackends.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  // A new handle on the store.
  virtual std::unique_ptr<JobStore> open() = 0;
  virtual std::unique_ptr<StoreReader> open_reader() = 0;
  // A worker of another process takes at `now` what `request` gives it, then dies without a word.
  // Of request.fleet: caps, in_flight, starts, outage.
  virtual DeadWorker dying_worker(const LeaseRequest& request, WallTime now) = 0;
};

}  // namespace dogged::contract
