// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

// A is done, B not found, C and D failed, E refused and parked, F never asked.
WorkerId one_of_each(JobStore& store) {
  import_keys(store, "ids.csv", {"A", "B", "C", "D", "E", "F"});
  const WorkerId worker = store.start_worker(kNow);
  const auto leased = lease(store, worker, 5);
  REQUIRE(leased.size() == 5);
  settle(store, worker,
         {done(leased[0], "{}", after_start(100)), not_found(leased[1], after_start(200)),
          failed(leased[2], "HTTP 400: bad [ID]", after_start(300)),
          failed(leased[3], "answer is no JSON", after_start(400)), refused(leased[4], kFarAhead)});
  return worker;
}

Keys ready_keys(StoreUnderTest& backend) {
  Keys result;
  backend.open_reader()->each_job({{JobState::ready}, "", 0, 0}, [&](const JobRow& row) {
    result.push_back(row.key);
    return true;
  });
  return result;
}

CONTRACT_CASE("requeue means the failed jobs unless told otherwise") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = one_of_each(*store);
  CHECK(store->requeue({}, kNow) == 2);
  CHECK(ready_keys(backend) == Keys{"C", "D", "E", "F"});
  const QueueOutlook outlook = totals(*store, worker);
  CHECK(outlook.failed == 0);
  CHECK(outlook.ready == 4);
  CHECK(outlook.done == 1);
  CHECK(outlook.not_found == 1);
  CHECK(store->requeue({}, kNow) == 0);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a requeued job begins anew: no attempts, no error, due at once, in import order") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = one_of_each(*store);
  const std::int64_t epoch = job(backend, "C").epoch;
  store->requeue({}, kNow);
  const JobDetail detail = job(backend, "C");
  CHECK(detail.job.attempts == 0);
  CHECK(detail.job.refusals == 0);
  CHECK(detail.job.error.empty());
  CHECK_FALSE(detail.job.due.has_value());
  CHECK_FALSE(detail.job.settled_at.has_value());
  CHECK(detail.epoch == epoch);
  CHECK(detail.attempts.size() == 1);  // what happened stays told
  const auto leased = lease(*store, worker, 5);
  CHECK(keys(leased) == Keys{"C", "D", "F"});
  CHECK(leased.at(0).epoch > epoch);
  CHECK(leased[0].deaths == 0);
}

CONTRACT_CASE("requeue takes the states that are named, and only settled ones") {
  Backend backend;
  const auto store = backend.open();
  one_of_each(*store);
  RequeueFilter filter;
  filter.states = {JobState::ready, JobState::leased};
  CHECK(store->requeue(filter, kNow) == 0);
  filter.states = {JobState::done, JobState::not_found};
  CHECK(store->requeue(filter, kNow) == 2);
  CHECK(ready_keys(backend) == Keys{"A", "B", "E", "F"});
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("requeue by key takes these keys only, where they are in the states named") {
  Backend backend;
  const auto store = backend.open();
  one_of_each(*store);
  RequeueFilter filter;
  filter.keys = {"D", "A", "nobody", "F", "D"};
  CHECK(store->requeue(filter, kNow) == 1);
  CHECK(ready_keys(backend) == Keys{"D", "E", "F"});
}

CONTRACT_CASE("requeue by error takes a substring as it stands, or a pattern") {
  struct Case {
    const char* pattern;
    std::int64_t requeued;
  };
  for (const Case& c : {Case{"no JSON", 1}, Case{"[ID]", 1}, Case{"HTTP 4", 1}, Case{"HTTP*", 1},
                        Case{"*no ????", 1}, Case{"JSON*", 0}, Case{"%", 0}, Case{"_", 0},
                        Case{"", 2}, Case{"'", 0}}) {
    CAPTURE(c.pattern);
    Backend backend;
    const auto store = backend.open();
    one_of_each(*store);
    RequeueFilter filter;
    filter.error_like = c.pattern;
    CHECK(store->requeue(filter, kNow) == c.requeued);
  }
}

CONTRACT_CASE("requeue by age takes what was settled before that time") {
  Backend backend;
  const auto store = backend.open();
  one_of_each(*store);
  RequeueFilter filter;
  filter.states = {JobState::done, JobState::not_found, JobState::failed};
  filter.settled_before = after_start(300);
  CHECK(store->requeue(filter, kNow) == 2);
  CHECK(ready_keys(backend) == Keys{"A", "B", "E", "F"});
}

CONTRACT_CASE("an answer stays until a newer one comes") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "old");
  RequeueFilter filter;
  filter.states = {JobState::done};
  CHECK(store->requeue(filter, kNow) == 1);
  CHECK(job(backend, "A").answer->body == "old");
  answer_next(*store, worker, "new", after_start(1000));
  const JobDetail detail = job(backend, "A");
  CHECK(detail.answer->body == "new");
  CHECK(detail.answer->fetched_at == after_start(1000));
  CHECK(detail.job.attempts == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("requeue acquits: deaths begin at 0 again") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  for (int death = 0; death < 3; ++death) {
    backend.dying_worker({1, true}, kNow);
    store->recover_dead_workers(kNow);
  }
  REQUIRE(job(backend, "A").job.state == JobState::failed);
  CHECK(store->requeue({}, kNow) == 1);
  const WorkerId worker = store->start_worker(kNow);
  CHECK(lease(*store, worker, 5).at(0).deaths == 0);
}

CONTRACT_CASE("removing a batch removes its rows and the jobs that it alone had") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A", "B", "A"});
  import_keys(*store, "two.csv", {"B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker);
  CHECK(store->remove_batch("one.csv", kNow) == 1);
  const auto reader = backend.open_reader();
  REQUIRE(reader->batches().size() == 1);
  CHECK(reader->batches()[0].name == "two.csv");
  CHECK_FALSE(reader->find_job("A").has_value());
  CHECK(exported(*reader).size() == 2);
  const QueueOutlook outlook = totals(*store, worker);
  CHECK(outlook.ready == 2);
  CHECK(outlook.done == 0);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a job that another batch shares stays, with its answer") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A"});
  import_keys(*store, "two.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "kept");
  CHECK(store->remove_batch("one.csv", kNow) == 0);
  const JobDetail detail = job(backend, "A");
  CHECK(detail.answer->body == "kept");
  REQUIRE(detail.inputs.size() == 1);
  CHECK(detail.inputs[0].batch == "two.csv");
  CHECK(store->remove_batch("two.csv", kNow) == 1);
  CHECK_FALSE(backend.open_reader()->find_job("A").has_value());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a leased job outlives the removal of its batch and can be settled") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  CHECK(store->remove_batch("ids.csv", kNow) == 1);
  CHECK(settle(*store, worker, {done(leased.at(0))}).too_late.empty());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("what was removed can be imported again as if it were new") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker);
  store->remove_batch("ids.csv", kNow);
  const ImportSummary summary = import_keys(*store, "ids.csv", {"A"});
  CHECK_FALSE(summary.same_import);
  CHECK(summary.batch_name == "ids.csv");
  CHECK(summary.added == 1);
  const JobDetail detail = job(backend, "A");
  CHECK(detail.job.state == JobState::ready);
  CHECK_FALSE(detail.answer.has_value());
  CHECK(detail.attempts.empty());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("rejected rows go with their batch") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  session->reject(rejected(1, "no ID"));
  session->commit("sum");
  CHECK(store->remove_batch("ids.csv", kNow) == 0);
  const auto reader = backend.open_reader();
  CHECK(exported(*reader).empty());
  CHECK(reader->overview().rejected == 0);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("removing a batch that is not there is the user's mistake") {
  Backend backend;
  const auto store = backend.open();
  CHECK(fault_of([&] { store->remove_batch("nowhere.csv", kNow); }) == Fault::usage);
}

}  // namespace
}  // namespace dogged::contract
