// SPDX-License-Identifier: MIT
#include "store/sqlite/exchange.h"

#include "base/error.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/workers.h"
#include "store/sqlite/write_connection.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using dogged::Answer;
using dogged::Error;
using dogged::Exchange;
using dogged::Fault;
using dogged::from_ms;
using dogged::JobState;
using dogged::LeasedJob;
using dogged::Settlement;
using dogged::sqlite::Exchanger;
using dogged::sqlite::SqliteStore;
using dogged::sqlite::WriteConnection;

namespace {

const dogged::WallTime kNow = from_ms(1'790'000'000'000);

void import_jobs(const std::string& path, int n) {
  SqliteStore store(path);
  dogged::BatchSpec spec;
  spec.name = "b";
  const auto session = store.begin_import(spec);
  dogged::ImportRow row;
  for (row.row = 1; row.row <= n; ++row.row) {
    row.line = row.row;
    row.key = fmt::format("k{}", row.row);
    session->add(row);
  }
  (void)session->commit("sha");
}

std::vector<Settlement> answered(const std::vector<LeasedJob>& jobs, const std::string& body) {
  std::vector<Settlement> settlements;
  for (const LeasedJob& job : jobs) {
    Settlement s;
    s.job = job.id;
    s.epoch = job.epoch;
    s.to = JobState::done;
    s.attempts_added = 1;
    s.http_status = 200;
    s.at = kNow;
    s.answer = Answer{200, "application/json", "", "", kNow, body};
    settlements.push_back(s);
  }
  return settlements;
}

}  // namespace

TEST_CASE("a full disk leaves the exchange undone, and it can be made again") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  import_jobs(path, 40);
  WriteConnection connection(path);
  Exchanger exchanger(connection);
  const std::string worker = dogged::sqlite::Workers(connection).start(kNow);
  const Exchange leased = exchanger.exchange(worker, {}, {20, true}, kNow);
  REQUIRE(leased.leased.size() == 20);
  const auto settlements = answered(leased.leased, std::string(40'000, 'x'));

  connection.connection().exec("PRAGMA max_page_count = 1");  // as many as it has
  std::string told;
  Fault fault = Fault::failure;
  try {
    dogged::sqlite::translated(path, [&] {
      (void)exchanger.exchange(worker, settlements, {20, false}, kNow);
    });
  } catch (const Error& error) {
    told = error.what();
    fault = error.fault();
  }
  CHECK(fault == Fault::store_unavailable);
  CHECK(told.find("disk is full") != std::string::npos);
  CHECK(told.find(path) != std::string::npos);

  connection.connection().exec("PRAGMA max_page_count = 1000000");
  const Exchange again = exchanger.exchange(worker, settlements, {0, false}, kNow);
  CHECK(again.too_late.empty());
  CHECK(again.outlook.done == 20);
  CHECK(again.outlook.leased == 0);
  CHECK(again.outlook.ready == 20);
}
