// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

CONTRACT_CASE("an export has every row in input order, rejected rows in their place") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  ImportRow first = row(1, "B");
  first.columns = R"({"id":"b"})";
  first.mended = "case";
  session->add(first);
  RejectedRow second = rejected(2, "no ID");
  second.columns = R"({"id":""})";
  session->reject(second);
  session->add(row(3, "A"));
  session->add(row(4, "B"));
  session->reject(rejected(5, "broken quotes"));
  session->commit("sum");
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, R"({"n":1.10})", after_start(250));

  const auto reader = backend.open_reader();
  const auto rows = exported(*reader);
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].row == static_cast<std::int64_t>(i) + 1);
    CHECK(rows[i].batch == reader->batches().at(0).id);
  }
  CHECK(rows[0].key == "B");
  CHECK(rows[0].columns == first.columns);
  CHECK(rows[0].state == JobState::done);
  CHECK(rows[0].http_status == 200);
  CHECK(rows[0].fetched_at == after_start(250));
  CHECK(rows[0].mended == "case");
  CHECK(rows[0].body == R"({"n":1.10})");
  CHECK(rows[0].rejected_text.empty());
  CHECK_FALSE(rows[1].state.has_value());
  CHECK(rows[1].key.empty());
  CHECK(rows[1].columns == second.columns);
  CHECK(rows[1].error == "no ID");
  CHECK(rows[1].rejected_text == second.text);
  CHECK_FALSE(rows[1].fetched_at.has_value());
  CHECK(rows[2].key == "A");
  CHECK(rows[2].state == JobState::ready);
  CHECK(rows[2].body.empty());
  CHECK(rows[3].key == "B");
  CHECK(rows[3].body == rows[0].body);
  CHECK(rows[3].mended.empty());
  CHECK(rows[4].columns.empty());
  CHECK(rows[4].error == "broken quotes");
}

CONTRACT_CASE("an export of all batches follows the order of import") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "zebra.csv", {"B", "A"});
  import_keys(*store, "apple.csv", {"A", "C"});
  const auto reader = backend.open_reader();
  Keys order;
  for (const Exported& found : exported(*reader)) {
    order.push_back(found.key);
  }
  CHECK(order == Keys{"B", "A", "A", "C"});

  ExportSelection selection;
  selection.batch = reader->batches().at(1).id;
  const auto second = exported(*reader, selection);
  REQUIRE(second.size() == 2);
  CHECK(second[0].key == "A");
  CHECK(second[0].batch == *selection.batch);
  selection.batch = 4711;
  CHECK(exported(*reader, selection).empty());
}

CONTRACT_CASE("an export of some states has these rows only, and no rejected ones") {
  Backend backend;
  const auto store = backend.open();
  every_state(*store);
  const auto session = store->begin_import(spec("two.csv"));
  session->reject(rejected(1, "no ID"));
  session->commit("two");
  const auto reader = backend.open_reader();
  ExportSelection selection;
  selection.states = {JobState::failed, JobState::done};
  const auto rows = exported(*reader, selection);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == "A");
  CHECK(rows[1].key == "C");
  CHECK(rows[1].error == "HTTP 400");
  CHECK(rows[1].http_status == 400);
}

CONTRACT_CASE("an export of what changed has the answers that changed since, and no more") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "same", after_start(0));
  answer_next(*store, worker, "first", after_start(0));
  RequeueFilter all;
  all.states = {JobState::done};
  store->requeue(all, kNow);
  answer_next(*store, worker, "same", after_start(1000));
  answer_next(*store, worker, "second", after_start(1000));
  const auto reader = backend.open_reader();
  ExportSelection selection;
  selection.changed_since = after_start(1000);
  const auto rows = exported(*reader, selection);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].key == "B");
  selection.changed_since = after_start(0);
  CHECK(exported(*reader, selection).size() == 2);
}

CONTRACT_CASE("an export without bodies has all but the bodies") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "{}", after_start(250));
  const auto reader = backend.open_reader();
  ExportSelection selection;
  selection.with_bodies = false;
  const auto rows = exported(*reader, selection);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].body.empty());
  CHECK(rows[0].fetched_at == after_start(250));
  CHECK(rows[0].state == JobState::done);
}

CONTRACT_CASE("an export of a range of rows has these rows only") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A", "B", "C", "D"});
  import_keys(*store, "two.csv", {"E", "F"});
  const auto reader = backend.open_reader();
  ExportSelection selection;
  selection.batch = reader->batches().at(0).id;
  const auto keys_in = [&](std::int64_t first, std::int64_t end) {
    selection.first_row = first;
    selection.end_row = end;
    Keys found;
    for (const Exported& row : exported(*reader, selection)) {
      found.push_back(row.key);
    }
    return found;
  };
  CHECK(keys_in(1, 3) == Keys{"A", "B"});
  CHECK(keys_in(3, 4) == Keys{"C"});
  CHECK(keys_in(3, 0) == Keys{"C", "D"});
  CHECK(keys_in(2, 2).empty());
  CHECK(keys_in(5, 0).empty());
}

CONTRACT_CASE("readers that share a snapshot see the same, whatever is written since") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const auto reader = backend.open_reader();
  CHECK(exported(*reader).size() == 2);
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "first");
  const auto others = reader->share(2);
  REQUIRE(others.size() == 2);
  answer_next(*store, worker, "second");
  for (StoreReader* each : {reader.get(), others[0].get(), others[1].get()}) {
    const auto rows = exported(*each);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].body == "first");
    CHECK(rows[1].body.empty());
  }
  reader->refresh();
  CHECK(exported(*reader).at(1).body == "second");
  CHECK(exported(*others[1]).at(1).body.empty());
}

}  // namespace
}  // namespace dogged::contract
