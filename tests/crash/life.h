// SPDX-License-Identifier: MIT
// What a store goes through in these tests, and what it then holds.
#pragma once

#include "store/job_store.h"
#include "store/open_store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dogged::crash {

// A store with a worker, as a process has it. What is remembered here changes only when the store
// said that it was done, so that a step that failed may be made again.
struct Life {
  explicit Life(std::string store_path) : path(std::move(store_path)) {}

  std::string path;
  std::unique_ptr<JobStore> store;
  WorkerId worker;
  std::vector<LeasedJob> leased;
};

// One verb: it is made whole, or not at all.
struct Step {
  std::string name;
  std::function<void(Life&)> run;
};

// The steps of the scenarios. Times and contents come of the arguments only.
Step open_step();
Step close_step();  // cannot fail
// `rows` rows from the key `first` on, one in ten of them a duplicate or rejected.
Step import_step(const std::string& name, int first, int rows, const std::string& replace = "");
Step worker_step(int at);
// Settles what it holds, of every outcome, and leases `n`. Bodies of about `body` bytes.
Step exchange_step(int at, int n, std::size_t body);
Step heartbeat_step(int at);
Step setting_step(const std::string& value);
Step requeue_step();
Step remove_step(const std::string& batch);
Step end_worker_step(int at);
Step recover_step(int at);
// To a file of that name beside the store.
Step copy_step(const std::string& name);

// Everything in the tables, workers by their order; empty where there is no store.
std::string content_of_store(const std::string& path);
// The first line in which they differ, for a message.
std::string difference(const std::string& expected, const std::string& found);

// What `dogged verify` says, and PRAGMA integrity_check; empty when all is well.
std::string faults_of(const std::string& path);

// Goes on as the next process would: gives back what the dead held, asks and settles all that is
// left. How many jobs are settled then.
std::int64_t finish(const std::string& path);

}  // namespace dogged::crash
