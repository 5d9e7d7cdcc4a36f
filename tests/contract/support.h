// SPDX-License-Identifier: MIT
// What the contract's cases share: short ways to say what they mean.
#pragma once

#include "base/error.h"
#include "store/job_store.h"
#include "store/store_reader.h"
#include "tests/contract/backends.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::contract {

// A reader tells what is parked by the machine's clock: so these lie safely before and after it.
inline constexpr WallTime kNow{std::chrono::sys_days(std::chrono::year(2024) / 5 / 1)};
inline constexpr WallTime kFarAhead{std::chrono::sys_days(std::chrono::year(2199) / 1 / 1)};
inline constexpr WallTime after_start(std::int64_t ms) {
  return kNow + Millis(ms);
}

BatchSpec spec(const std::string& name);
ImportRow row(std::int64_t number, const std::string& key);
RejectedRow rejected(std::int64_t number, const std::string& reason);

// Imports rows 1, 2, ... with these keys as the batch `name`; its sha256 is made of all that.
ImportSummary import_keys(JobStore& store, const std::string& name,
                          std::initializer_list<std::string_view> keys);
ImportSummary import_keys(JobStore& store, const BatchSpec& spec,
                          std::initializer_list<std::string_view> keys);

std::vector<LeasedJob> lease(JobStore& store, const WorkerId& worker, int max, WallTime now = kNow);
std::vector<std::string> keys(const std::vector<LeasedJob>& jobs);
using Keys = std::vector<std::string>;

Settlement done(const LeasedJob& job, const std::string& body = "{}", WallTime at = kNow);
Settlement not_found(const LeasedJob& job, WallTime at = kNow);
Settlement failed(const LeasedJob& job, const std::string& error, WallTime at = kNow);
// Sent back with an attempt, or a refusal, that ended at kNow.
Settlement retried(const LeasedJob& job, WallTime due);
Settlement refused(const LeasedJob& job, WallTime due);
Settlement as_it_was(const LeasedJob& job);

// Imports ids.csv with, in this order: A done, B not found, C failed, D parked with an error, H due
// since long, E leased, F and G fresh. Gives the worker back, which holds E.
WorkerId every_state(JobStore& store);

// Settles without leasing.
Exchange settle(JobStore& store, const WorkerId& worker, const std::vector<Settlement>& what);
// Leases that one job, which must be what comes next, and settles it.
void answer_next(JobStore& store, const WorkerId& worker, const std::string& body = "{}",
                 WallTime at = kNow);

// What the fleet tells a worker that neither settles nor leases.
FleetView ask(JobStore& store, const WorkerId& worker, const FleetRequest& request = {},
              WallTime now = kNow);
// As `dogged limit` does.
void limit(JobStore& store, const Caps& caps);

JobDetail job(StoreUnderTest& under_test, std::string_view key);
QueueOutlook totals(JobStore& store, const WorkerId& worker, WallTime now = kNow);
std::vector<std::string> faults(StoreUnderTest& under_test);

struct Exported {
  std::int64_t batch = 0, row = 0;
  std::string columns, key, error, mended, body, rejected_text;
  std::optional<JobState> state;
  int http_status = 0;
  std::optional<WallTime> fetched_at;
};
std::vector<Exported> exported(StoreReader& reader, const ExportSelection& selection = {});

// The fault of the Error that `work` throws; nothing where it throws none.
template <typename Work>
std::optional<Fault> fault_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.fault();
  }
  return std::nullopt;
}

}  // namespace dogged::contract
