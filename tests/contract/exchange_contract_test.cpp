// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

CONTRACT_CASE("fresh jobs are leased in import order, at most as many as asked for") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"C", "A"});
  import_keys(*store, "two.csv", {"B", "A", "D"});
  const WorkerId worker = store->start_worker(kNow);
  CHECK(keys(lease(*store, worker, 3)) == Keys{"C", "A", "B"});
  CHECK(keys(lease(*store, worker, 3)) == Keys{"D"});
  CHECK(lease(*store, worker, 3).empty());
}

CONTRACT_CASE("a request for no jobs leases none") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  CHECK(lease(*store, worker, 0).empty());
  CHECK(totals(*store, worker).ready == 1);
}

CONTRACT_CASE("an empty store leases nothing and has nothing left") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  const Exchange exchange = store->exchange(worker, {}, {8, true}, kNow);
  CHECK(exchange.leased.empty());
  CHECK(exchange.outlook.ready + exchange.outlook.leased == 0);
  CHECK_FALSE(exchange.outlook.next_due.has_value());
}

CONTRACT_CASE("a lease tells all that a request needs") {
  Backend backend;
  const auto store = backend.open();
  BatchSpec batch = spec("ids.csv");
  batch.id_column = "product";
  const auto session = store->begin_import(batch);
  ImportRow first = row(1, "A/1");
  first.columns = R"({"product":"A/1","lang":"fi"})";
  session->add(first);
  ImportRow second = row(2, "A/1");
  second.columns = R"({"product":"A/1","lang":"sv"})";
  session->add(second);
  session->commit("sum");
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].key == "A/1");
  CHECK(leased[0].columns == first.columns);
  CHECK(leased[0].id_column == "product");
  CHECK(leased[0].epoch > 0);
  CHECK(leased[0].attempts == 0);
  CHECK(leased[0].refusals == 0);
  CHECK(leased[0].deaths == 0);
  CHECK(leased[0].due == WallTime{});
  CHECK_FALSE(leased[0].first_attempt.has_value());
}

CONTRACT_CASE("two workers never hold one job") {
  Backend backend;
  const auto one = backend.open();
  const auto other = backend.open();
  import_keys(*one, "ids.csv", {"A", "B", "C"});
  const WorkerId first = one->start_worker(kNow);
  const WorkerId second = other->start_worker(kNow);
  CHECK(keys(lease(*one, first, 2)) == Keys{"A", "B"});
  CHECK(keys(lease(*other, second, 2)) == Keys{"C"});
  CHECK(totals(*one, first).leased == 3);
}

CONTRACT_CASE("due retries come first, in order of due time, then fresh jobs") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C", "D"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 3);
  settle(*store, worker,
         {retried(leased.at(0), after_start(300)), retried(leased.at(1), after_start(100)),
          refused(leased.at(2), after_start(200))});
  CHECK(keys(lease(*store, worker, 8, after_start(250))) == Keys{"B", "C", "D"});
  CHECK(keys(lease(*store, worker, 8, after_start(299))).empty());
  CHECK(keys(lease(*store, worker, 8, after_start(300))) == Keys{"A"});
}

CONTRACT_CASE("attempts and refusals are counted apart and told with the next lease") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kNow)});
  settle(*store, worker, {refused(lease(*store, worker, 1).at(0), kNow)});
  settle(*store, worker, {refused(lease(*store, worker, 1).at(0), kNow)});
  const auto leased = lease(*store, worker, 1);
  REQUIRE(leased.size() == 1);
  CHECK(leased[0].attempts == 1);
  CHECK(leased[0].refusals == 2);
  CHECK(leased[0].due == kNow);
}

CONTRACT_CASE("a lease tells when the job was first asked, since it was last requeued") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  for (const std::int64_t started : {100, 200}) {
    Settlement again = refused(lease(*store, worker, 1).at(0), kNow);
    again.attempt->started_at = after_start(started);
    settle(*store, worker, {again});
  }
  const auto third = lease(*store, worker, 1);
  CHECK(third.at(0).first_attempt == after_start(100));
  settle(*store, worker, {failed(third[0], "HTTP 400")});
  store->requeue({}, kNow);
  CHECK_FALSE(lease(*store, worker, 1).at(0).first_attempt.has_value());
}

CONTRACT_CASE("an answer and the state it causes are kept together") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 2);
  settle(*store, worker,
         {done(leased.at(0), R"({"name":"Åbo"})", after_start(50)),
          not_found(leased.at(1), after_start(60))});

  const JobDetail found = job(backend, "A");
  CHECK(found.job.state == JobState::done);
  CHECK(found.job.settled_at == after_start(50));
  CHECK(found.job.http_status == 200);
  CHECK(found.job.attempts == 1);
  CHECK(found.job.error.empty());
  CHECK(found.attempts.empty());  // plain successes have no row
  REQUIRE(found.answer.has_value());
  CHECK(found.answer->body == R"({"name":"Åbo"})");
  CHECK(found.answer->http_status == 200);
  CHECK(found.answer->content_type == "application/json");
  CHECK(found.answer->etag == "\"tag\"");
  CHECK(found.answer->last_modified == "yesterday");
  CHECK(found.answer->fetched_at == after_start(50));

  const JobDetail missing = job(backend, "B");
  CHECK(missing.job.state == JobState::not_found);
  CHECK(missing.answer->http_status == 404);
  CHECK(missing.attempts.size() == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a body that is no UTF-8, or empty, comes back byte for byte") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const std::string bytes("\xff\x00\x80z", 4);
  answer_next(*store, worker, bytes);
  answer_next(*store, worker, "");
  CHECK(job(backend, "A").answer->body == bytes);
  REQUIRE(job(backend, "B").answer.has_value());
  CHECK(job(backend, "B").answer->body.empty());
}

CONTRACT_CASE("a failed job keeps its error and its attempt") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  settle(*store, worker, {failed(leased.at(0), "HTTP 400: bad ID", after_start(3))});
  const JobDetail detail = job(backend, "A");
  CHECK(detail.job.state == JobState::failed);
  CHECK(detail.job.error == "HTTP 400: bad ID");
  CHECK(detail.job.http_status == 400);
  CHECK(detail.job.settled_at == after_start(3));
  REQUIRE(detail.attempts.size() == 1);
  CHECK(detail.attempts[0].epoch == leased[0].epoch);
  const AttemptRecord& record = detail.attempts[0].record;
  CHECK(record.started_at == kNow - Millis(40));
  CHECK(record.duration == Millis(40));
  CHECK(record.outcome == Outcome::failed);
  CHECK(record.http_status == 400);
  CHECK(record.error == "HTTP 400");
  CHECK_FALSE(record.retry_after.has_value());
  CHECK_FALSE(detail.answer.has_value());
}

CONTRACT_CASE("every attempt is kept, in order, with the wait that the server asked for") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {refused(lease(*store, worker, 1).at(0), kNow)});
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), kFarAhead)});
  const JobDetail detail = job(backend, "A");
  REQUIRE(detail.attempts.size() == 2);
  CHECK(detail.attempts[0].record.outcome == Outcome::refused);
  CHECK(detail.attempts[0].record.retry_after == Millis(2000));
  CHECK(detail.attempts[1].record.outcome == Outcome::retry);
  CHECK(detail.job.state == JobState::ready);
  CHECK(detail.job.due == kFarAhead);
  CHECK_FALSE(detail.job.settled_at.has_value());
}

CONTRACT_CASE(
    "settling and leasing are one exchange: what was settled is not leased again with it") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  const std::vector<Settlement> settlements{done(leased.at(0))};
  const Exchange exchange = store->exchange(worker, settlements, {5, false}, kNow);
  CHECK(keys(exchange.leased) == Keys{"B"});
  CHECK(exchange.outlook.done == 1);
  CHECK(exchange.outlook.leased == 1);
  CHECK(exchange.outlook.ready == 0);
}

CONTRACT_CASE("a settlement with an old epoch is too late and changes nothing") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto old = lease(*store, worker, 1);
  settle(*store, worker, {as_it_was(old.at(0))});
  const auto newer = lease(*store, worker, 1);
  REQUIRE(newer.size() == 1);
  CHECK(newer[0].epoch > old[0].epoch);
  CHECK(settle(*store, worker, {done(old[0], "old")}).too_late == std::vector{old[0].id});
  CHECK(job(backend, "A").job.state == JobState::leased);
  CHECK_FALSE(job(backend, "A").answer.has_value());
  CHECK(settle(*store, worker, {done(newer[0], "new")}).too_late.empty());
  CHECK(job(backend, "A").answer->body == "new");
}

CONTRACT_CASE("another worker's lease cannot be settled") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId holder = store->start_worker(kNow);
  const WorkerId other = store->start_worker(kNow);
  const auto leased = lease(*store, holder, 1);
  CHECK(settle(*store, other, {done(leased.at(0))}).too_late == std::vector{leased[0].id});
  CHECK(settle(*store, holder, {done(leased[0])}).too_late.empty());
}

CONTRACT_CASE("the same settlement twice counts once") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  const Exchange exchange =
      settle(*store, worker, {done(leased.at(0), "first"), failed(leased[0], "second")});
  CHECK(exchange.too_late == std::vector{leased[0].id});
  CHECK(exchange.outlook.done == 1);
  CHECK(exchange.outlook.failed == 0);
  CHECK(job(backend, "A").job.attempts == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("one settlement that is too late does not hold up the others") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 2);
  Settlement stale = done(leased.at(0));
  --stale.epoch;
  Settlement unknown = done(leased[0]);
  unknown.job = 4711;
  const Exchange exchange = settle(*store, worker, {stale, unknown, done(leased.at(1))});
  CHECK(exchange.too_late == std::vector<JobId>{leased[0].id, 4711});
  CHECK(exchange.outlook.done == 1);
  CHECK(exchange.outlook.leased == 1);
}

CONTRACT_CASE("the worker that was slow cannot overwrite what came after its death") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const DeadWorker slow = backend.dying_worker({1, false}, kNow);
  store->recover_dead_workers(kNow);
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "new");
  CHECK(settle(*store, slow.id, {done(slow.leased.at(0), "old")}).too_late.size() == 1);
  CHECK(job(backend, "A").answer->body == "new");
}

CONTRACT_CASE("what is parked for a wait that is over counts as due") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 2);
  settle(*store, worker,
         {refused(leased.at(0), after_start(60'000)), refused(leased.at(1), after_start(90'000))});
  LeaseRequest request;
  request.max = 8;
  request.due_until = after_start(60'000);
  CHECK(keys(store->exchange(worker, {}, request, after_start(1)).leased) == Keys{"A", "C"});
}

CONTRACT_CASE("a job given back as it was keeps its due time and its counts") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  settle(*store, worker, {retried(lease(*store, worker, 1).at(0), after_start(5))});
  const auto again = lease(*store, worker, 2, after_start(5));
  REQUIRE(keys(again) == Keys{"A", "B"});
  settle(*store, worker, {as_it_was(again[0]), as_it_was(again[1])});
  const auto third = lease(*store, worker, 2, after_start(5));
  REQUIRE(keys(third) == Keys{"A", "B"});
  CHECK(third[0].due == after_start(5));
  CHECK(third[0].attempts == 1);
  CHECK(third[1].due == WallTime{});
}

CONTRACT_CASE("next due is that of the first parked job, where none is due now") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 2);
  Exchange exchange =
      settle(*store, worker,
             {retried(leased.at(0), after_start(900)), retried(leased.at(1), after_start(700))});
  CHECK_FALSE(exchange.outlook.next_due.has_value());  // C can be had now
  exchange = store->exchange(worker, {}, {1, false}, kNow);
  REQUIRE(keys(exchange.leased) == Keys{"C"});
  CHECK(exchange.outlook.next_due == after_start(700));
  CHECK_FALSE(totals(*store, worker, after_start(700)).next_due.has_value());
}

CONTRACT_CASE("what is left is told over all workers") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C", "D", "E"});
  const WorkerId first = store->start_worker(kNow);
  const WorkerId second = store->start_worker(kNow);
  const auto leased = lease(*store, first, 3);
  lease(*store, second, 1);
  settle(*store, first,
         {done(leased.at(0)), not_found(leased.at(1)), failed(leased.at(2), "HTTP 400")});
  const QueueOutlook outlook = totals(*store, second);
  CHECK(outlook.ready == 1);
  CHECK(outlook.leased == 1);
  CHECK(outlook.done == 1);
  CHECK(outlook.not_found == 1);
  CHECK(outlook.failed == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a large group settles and leases in one exchange") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  for (int i = 1; i <= 3000; ++i) {
    session->add(row(i, "key" + std::to_string(i)));
  }
  session->commit("sum");
  const WorkerId worker = store->start_worker(kNow);
  std::vector<Settlement> settlements;
  for (const LeasedJob& leased : lease(*store, worker, 2000)) {
    settlements.push_back(done(leased));
  }
  REQUIRE(settlements.size() == 2000);
  const Exchange exchange = store->exchange(worker, settlements, {2000, false}, kNow);
  CHECK(exchange.too_late.empty());
  CHECK(exchange.leased.size() == 1000);
  CHECK(exchange.leased.front().key == "key2001");
  CHECK(exchange.outlook.done == 2000);
  CHECK(faults(backend).empty());
}

}  // namespace
}  // namespace dogged::contract
