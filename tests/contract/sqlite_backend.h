// SPDX-License-Identifier: MIT
#pragma once

#include "tests/contract/store_under_test.h"
#include "tests/fakes/temporary_directory.h"

#include <memory>
#include <string>

namespace dogged::contract {

// A worker dies in a process of its own, doomed_worker.cpp: a fork would share SQLite's locks.
class Sqlite final : public StoreUnderTest {
 public:
  std::unique_ptr<JobStore> open() override;
  std::unique_ptr<StoreReader> open_reader() override;
  DeadWorker dying_worker(const LeaseRequest& request, WallTime now) override;

 private:
  std::string path() const { return (directory_.path() / "store.db").string(); }

  TemporaryDirectory directory_;
};

}  // namespace dogged::contract
