// SPDX-License-Identifier: MIT
#include "tests/contract/sqlite_backend.h"

#include "store/open_store.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace dogged::contract {

namespace {

// What the command prints, once it has ended.
std::string output_of(const std::string& command) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot start " + command);
  }
  std::string output;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  if (::pclose(pipe) != 0) {
    throw std::runtime_error("failed: " + command);
  }
  return output;
}

}  // namespace

std::unique_ptr<JobStore> Sqlite::open() {
  return open_store(path(), IfAbsent::create);
}

std::unique_ptr<StoreReader> Sqlite::open_reader() {
  return dogged::open_reader(path());
}

DeadWorker Sqlite::dying_worker(const LeaseRequest& request, WallTime now) {
  const FleetRequest& fleet = request.fleet;
  std::istringstream told(
      output_of(fmt::format("'{}' '{}' {} {} {} '{}' {} {} {}", DOGGED_DOOMED_WORKER, path(),
                            to_ms(now), request.max, request.idle ? 1 : 0, to_json(fleet.caps),
                            fleet.in_flight, fleet.starts, fleet.outage ? 1 : 0)));
  DeadWorker dead;
  told >> dead.id >> dead.permits >> dead.starts;
  LeasedJob job;
  while (told >> job.id >> job.epoch >> job.key) {
    dead.leased.push_back(job);
  }
  return dead;
}

}  // namespace dogged::contract
