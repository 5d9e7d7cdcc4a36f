// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {

BatchSpec spec(const std::string& name) {
  BatchSpec spec;
  spec.name = name;
  spec.file = "/data/" + name;
  spec.id_options = "column=id";
  spec.header = {"id"};
  spec.id_column = "id";
  spec.now = kNow;
  return spec;
}

ImportRow row(std::int64_t number, const std::string& key) {
  ImportRow row;
  row.row = number;
  row.line = number + 1;
  row.key = key;
  return row;
}

RejectedRow rejected(std::int64_t number, const std::string& reason) {
  RejectedRow row;
  row.row = number;
  row.line = number + 1;
  row.text = "text of row " + std::to_string(number);
  row.reason = reason;
  return row;
}

ImportSummary import_keys(JobStore& store, const BatchSpec& spec,
                          std::initializer_list<std::string_view> keys) {
  const auto session = store.begin_import(spec);
  std::int64_t number = 0;
  std::string sha256 = spec.name;
  for (const std::string_view key : keys) {
    session->add(row(++number, std::string(key)));
    sha256.append(key).append("\n");
  }
  return session->commit(sha256);
}

ImportSummary import_keys(JobStore& store, const std::string& name,
                          std::initializer_list<std::string_view> keys) {
  return import_keys(store, spec(name), keys);
}

std::vector<LeasedJob> lease(JobStore& store, const WorkerId& worker, int max, WallTime now) {
  return store.exchange(worker, {}, LeaseRequest{max, false}, now).leased;
}

std::vector<std::string> keys(const std::vector<LeasedJob>& jobs) {
  std::vector<std::string> result;
  result.reserve(jobs.size());
  for (const LeasedJob& job : jobs) {
    result.push_back(job.key);
  }
  return result;
}

namespace {

Settlement settlement(const LeasedJob& job, JobState to, WallTime at) {
  Settlement s;
  s.job = job.id;
  s.epoch = job.epoch;
  s.to = to;
  s.at = at;
  return s;
}

AttemptRecord attempt(Outcome outcome, int http_status) {
  AttemptRecord record;
  record.started_at = kNow - Millis(40);
  record.duration = Millis(40);
  record.outcome = outcome;
  record.http_status = http_status;
  record.error = "HTTP " + std::to_string(http_status);
  return record;
}

}  // namespace

Settlement done(const LeasedJob& job, const std::string& body, WallTime at) {
  Settlement s = settlement(job, JobState::done, at);
  s.attempts_added = 1;
  s.http_status = 200;
  s.answer = Answer{200, "application/json", "\"tag\"", "yesterday", at, body};
  return s;
}

Settlement not_found(const LeasedJob& job, WallTime at) {
  Settlement s = settlement(job, JobState::not_found, at);
  s.attempts_added = 1;
  s.http_status = 404;
  s.answer = Answer{404, "application/json", "", "", at, R"({"error":"no such ID"})"};
  s.attempt = attempt(Outcome::not_found, 404);
  return s;
}

Settlement failed(const LeasedJob& job, const std::string& error, WallTime at) {
  Settlement s = settlement(job, JobState::failed, at);
  s.attempts_added = 1;
  s.http_status = 400;
  s.error = error;
  s.attempt = attempt(Outcome::failed, 400);
  return s;
}

Settlement retried(const LeasedJob& job, WallTime due) {
  Settlement s = settlement(job, JobState::ready, kNow);
  s.due = due;
  s.attempts_added = 1;
  s.http_status = 500;
  s.error = "HTTP 500";
  s.attempt = attempt(Outcome::retry, 500);
  return s;
}

Settlement refused(const LeasedJob& job, WallTime due) {
  Settlement s = settlement(job, JobState::ready, kNow);
  s.due = due;
  s.refusals_added = 1;
  s.http_status = 503;
  s.error = "HTTP 503";
  s.attempt = attempt(Outcome::refused, 503);
  s.attempt->retry_after = Millis(2000);
  return s;
}

Settlement as_it_was(const LeasedJob& job) {
  return settlement(job, JobState::ready, kNow);
}

WorkerId every_state(JobStore& store) {
  import_keys(store, "ids.csv", {"A", "B", "C", "D", "H", "E", "F", "G"});
  WorkerId worker = store.start_worker(kNow);
  const auto leased = lease(store, worker, 6);
  REQUIRE(leased.size() == 6);
  settle(store, worker,
         {done(leased[0]), not_found(leased[1]), failed(leased[2], "HTTP 400"),
          retried(leased[3], kFarAhead), retried(leased[4], after_start(1))});
  return worker;
}

Exchange settle(JobStore& store, const WorkerId& worker, const std::vector<Settlement>& what) {
  return store.exchange(worker, what, LeaseRequest{}, kNow);
}

void answer_next(JobStore& store, const WorkerId& worker, const std::string& body, WallTime at) {
  const auto leased = lease(store, worker, 1);
  REQUIRE(leased.size() == 1);
  REQUIRE(settle(store, worker, {done(leased[0], body, at)}).too_late.empty());
}

FleetView ask(JobStore& store, const WorkerId& worker, const FleetRequest& request, WallTime now) {
  LeaseRequest lease;
  lease.fleet = request;
  return store.exchange(worker, {}, lease, now).fleet;
}

void limit(JobStore& store, const Caps& caps) {
  store.put_setting(setting::kCaps, to_json(caps));
}

JobDetail job(StoreUnderTest& under_test, std::string_view key) {
  const auto found = under_test.open_reader()->find_job(key);
  REQUIRE_MESSAGE(found.has_value(), "there is no job ", key);
  return *found;
}

QueueOutlook totals(JobStore& store, const WorkerId& worker, WallTime now) {
  return store.exchange(worker, {}, LeaseRequest{}, now).outlook;
}

std::vector<std::string> faults(StoreUnderTest& under_test) {
  return under_test.open_reader()->verify();
}

std::vector<Exported> exported(StoreReader& reader, const ExportSelection& selection) {
  std::vector<Exported> rows;
  reader.each_export_row(selection, [&rows](const ExportRow& row) {
    rows.push_back({row.batch, row.row, std::string(row.columns), std::string(row.key),
                    std::string(row.error), std::string(row.mended), std::string(row.body),
                    std::string(row.rejected_text), row.state, row.http_status, row.fetched_at});
    return true;
  });
  return rows;
}

}  // namespace dogged::contract
