// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

Keys listed(StoreReader& reader, const JobFilter& filter) {
  Keys result;
  reader.each_job(filter, [&](const JobRow& row) {
    result.push_back(row.key);
    return true;
  });
  return result;
}

CONTRACT_CASE("the overview tells jobs, parked ones, inputs, batches and workers") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = every_state(*store);
  const auto session = store->begin_import(spec("two.csv"));
  session->add(row(1, "A"));
  session->reject(rejected(2, "no ID"));
  session->commit("two");

  const Overview overview = backend.open_reader()->overview();
  CHECK(overview.jobs.ready == 4);
  CHECK(overview.jobs.leased == 1);
  CHECK(overview.jobs.done == 1);
  CHECK(overview.jobs.not_found == 1);
  CHECK(overview.jobs.failed == 1);
  CHECK(overview.parked == 1);
  CHECK(overview.inputs == 10);
  CHECK(overview.rejected == 1);
  REQUIRE(overview.batches.size() == 2);
  CHECK(overview.batches[0].name == "ids.csv");
  CHECK(overview.batches[1].name == "two.csv");
  REQUIRE(overview.workers.size() == 1);
  CHECK(overview.workers[0].id == worker);
}

CONTRACT_CASE("the overview of an empty store is all zeros") {
  Backend backend;
  backend.open();
  const Overview overview = backend.open_reader()->overview();
  CHECK(overview.jobs.ready == 0);
  CHECK(overview.inputs == 0);
  CHECK(overview.batches.empty());
  CHECK(overview.workers.empty());
  CHECK_FALSE(overview.jobs.next_due.has_value());
}

CONTRACT_CASE("the overview tells the next due time where all that is ready is parked") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 2);
  settle(*store, worker, {retried(leased.at(0), kFarAhead)});
  CHECK(backend.open_reader()->overview().jobs.next_due == kFarAhead);
  settle(*store, worker, {as_it_was(leased.at(1))});
  CHECK_FALSE(backend.open_reader()->overview().jobs.next_due.has_value());
}

CONTRACT_CASE("the overview tells the latest ten workers, the latest first") {
  Backend backend;
  const auto store = backend.open();
  std::vector<WorkerId> started;
  for (int i = 0; i < 12; ++i) {
    started.push_back(store->start_worker(after_start(i)));
  }
  const auto workers = backend.open_reader()->overview().workers;
  REQUIRE(workers.size() == 10);
  CHECK(workers.front().id == started[11]);
  CHECK(workers.back().id == started[2]);
}

CONTRACT_CASE("a worker that died is not alive, before anybody recovers it too") {
  Backend backend;
  const auto store = backend.open();
  const DeadWorker dead = backend.dying_worker({0, false}, kNow);
  const WorkerId living = store->start_worker(after_start(1));
  const auto workers = backend.open_reader()->overview().workers;
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].id == living);
  CHECK(workers[0].alive);
  CHECK(workers[1].id == dead.id);
  CHECK_FALSE(workers[1].alive);
}

CONTRACT_CASE("jobs are listed in import order, by state where states are named") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto reader = backend.open_reader();
  for (const std::int64_t limit : {0, 100}) {
    CAPTURE(limit);
    const auto in = [&](std::vector<JobState> states) {
      return listed(*reader, {std::move(states), "", 0, limit});
    };
    CHECK(in({}) == Keys{"A", "B", "C", "D", "H", "E", "F", "G"});
    CHECK(in({JobState::ready}) == Keys{"D", "H", "F", "G"});
    CHECK(in({JobState::leased}) == Keys{"E"});
    CHECK(in({JobState::done}) == Keys{"A"});
    CHECK(in({JobState::not_found}) == Keys{"B"});
    CHECK(in({JobState::failed}) == Keys{"C"});
    CHECK(in({JobState::ready, JobState::failed, JobState::done}) ==
          Keys{"A", "C", "D", "H", "F", "G"});
    CHECK(in({JobState::failed, JobState::failed}) == Keys{"C"});
  }
}

CONTRACT_CASE("a suspect is listed among the ready") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  for (int death = 0; death < 2; ++death) {
    REQUIRE(backend.dying_worker({1, true}, kNow).leased.size() == 1);
    store->recover_dead_workers(kNow);
  }
  const auto reader = backend.open_reader();
  CHECK(listed(*reader, {{JobState::ready}, "", 0, 0}) == Keys{"A", "B", "C"});
  CHECK(listed(*reader, {{JobState::ready}, "", 0, 2}) == Keys{"A", "B"});
}

CONTRACT_CASE("a list is gone through page by page") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto reader = backend.open_reader();
  for (const bool by_state : {false, true}) {
    Keys all;
    JobFilter filter;
    filter.limit = 2;
    if (by_state) {
      filter.states = {JobState::ready, JobState::done};
    }
    for (std::size_t before = 1; before != all.size();) {
      before = all.size();
      reader->each_job(filter, [&](const JobRow& found) {
        all.push_back(found.key);
        filter.after = found.id;
        return true;
      });
      CHECK(all.size() - before <= 2);
    }
    CHECK(all == (by_state ? Keys{"A", "D", "H", "F", "G"}
                           : Keys{"A", "B", "C", "D", "H", "E", "F", "G"}));
  }
}

CONTRACT_CASE("jobs are listed by their error: a substring, or a pattern") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto reader = backend.open_reader();
  for (const std::int64_t limit : {0, 3}) {
    CHECK(listed(*reader, {{}, "HTTP", 0, limit}) == Keys{"C", "D", "H"});
    CHECK(listed(*reader, {{}, "*5??", 0, limit}) == Keys{"D", "H"});
    CHECK(listed(*reader, {{JobState::failed}, "HTTP", 0, limit}) == Keys{"C"});
    CHECK(listed(*reader, {{JobState::done}, "HTTP", 0, limit}).empty());
  }
}

CONTRACT_CASE("a visit that returns false is the last one") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto reader = backend.open_reader();
  int visits = 0;
  reader->each_job({}, [&](const JobRow&) { return ++visits < 3; });
  CHECK(visits == 3);
  visits = 0;
  reader->each_export_row({}, [&](const ExportRow&) { return ++visits < 2; });
  CHECK(visits == 2);
}

CONTRACT_CASE("a listed job tells all that is known of it") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto reader = backend.open_reader();
  std::vector<JobRow> rows;
  reader->each_job({}, [&](const JobRow& found) {
    rows.push_back(found);
    return true;
  });
  REQUIRE(rows.size() == 8);
  CHECK(rows[0].state == JobState::done);
  CHECK(rows[0].attempts == 1);
  CHECK(rows[0].http_status == 200);
  CHECK(rows[0].settled_at == kNow);
  CHECK_FALSE(rows[0].due.has_value());
  CHECK(rows[3].state == JobState::ready);
  CHECK(rows[3].due == kFarAhead);
  CHECK(rows[3].error == "HTTP 500");
  CHECK(rows[3].http_status == 500);
  CHECK_FALSE(rows[3].settled_at.has_value());
  CHECK(rows[6].attempts == 0);
  CHECK(rows[6].http_status == 0);
  CHECK_FALSE(rows[6].due.has_value());
  CHECK(rows[0].id < rows[1].id);
}

CONTRACT_CASE("a job is found by its key, with its inputs and its lease") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = every_state(*store);
  const auto session = store->begin_import(spec("two.csv"));
  ImportRow input = row(1, "E");
  input.columns = R"({"id":"e","n":1.10})";
  input.mended = "hyphen";
  session->add(input);
  session->commit("two");

  const JobDetail detail = job(backend, "E");
  CHECK(detail.job.key == "E");
  CHECK(detail.job.state == JobState::leased);
  CHECK(detail.worker == worker);
  CHECK(detail.epoch > 0);
  REQUIRE(detail.inputs.size() == 2);
  CHECK(detail.inputs[0].batch == "ids.csv");
  CHECK(detail.inputs[0].row == 6);
  CHECK(detail.inputs[0].columns.empty());
  CHECK(detail.inputs[1].batch == "two.csv");
  CHECK(detail.inputs[1].row == 1);
  CHECK(detail.inputs[1].columns == input.columns);
  CHECK(detail.inputs[1].mended == "hyphen");
  CHECK_FALSE(detail.answer.has_value());
  CHECK_FALSE(backend.open_reader()->find_job("nobody").has_value());
  CHECK_FALSE(backend.open_reader()->find_job("").has_value());
}

CONTRACT_CASE("a reader sees one moment until it is refreshed") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const auto reader = backend.open_reader();
  CHECK(reader->overview().jobs.ready == 2);  // the first call takes the snapshot
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker);
  import_keys(*store, "two.csv", {"C"});
  store->put_setting("key", "value");
  CHECK(reader->overview().jobs.done == 0);
  CHECK(reader->overview().workers.empty());
  CHECK(reader->batches().size() == 1);
  CHECK(exported(*reader).size() == 2);
  CHECK(listed(*reader, {{JobState::done}, "", 0, 0}).empty());
  CHECK_FALSE(reader->find_job("C").has_value());
  CHECK_FALSE(reader->setting("key").has_value());
  CHECK(reader->verify().empty());

  reader->refresh();
  CHECK(reader->overview().jobs.done == 1);
  CHECK(reader->batches().size() == 2);
  CHECK(exported(*reader).size() == 3);
  CHECK(reader->setting("key") == "value");
}

CONTRACT_CASE("a reader holds nobody up, and its snapshot lasts through a visit") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  const auto reader = backend.open_reader();
  Keys states;
  reader->each_export_row({}, [&](const ExportRow& found) {
    states.emplace_back(word(*found.state));
    answer_next(*store, worker);
    return true;
  });
  CHECK(states == Keys{"ready", "ready", "ready"});
  CHECK(totals(*store, worker).done == 3);
}

CONTRACT_CASE("a store in every state proves its accounts") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  CHECK(faults(backend).empty());
  store->recover_dead_workers(kNow);
  store->requeue({{JobState::done, JobState::failed}, {}, "", {}}, kNow);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a dead worker's leases are no fault: they only wait to be given back") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  backend.dying_worker({1, false}, kNow);
  CHECK(faults(backend).empty());
}

}  // namespace
}  // namespace dogged::contract
