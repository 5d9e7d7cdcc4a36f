// SPDX-License-Identifier: MIT
#pragma once

#include "tests/contract/store_under_test.h"
#include "tests/fakes/memory_store.h"

#include <memory>

namespace dogged::contract {

class Memory final : public StoreUnderTest {
 public:
  std::unique_ptr<JobStore> open() override { return store_.another_handle(); }
  std::unique_ptr<StoreReader> open_reader() override { return store_.reader(); }
  DeadWorker dying_worker(const LeaseRequest& request, WallTime now) override {
    DeadWorker dead;
    dead.id = store_.start_worker(now);
    const Exchange told = store_.exchange(dead.id, {}, request, now);
    dead.permits = told.fleet.permits;
    dead.starts = told.fleet.starts.count;
    dead.leased = told.leased;
    store_.kill(dead.id);
    return dead;
  }

 private:
  MemoryStore store_;
};

}  // namespace dogged::contract
