// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

void check_balanced(const ImportSummary& summary) {
  CHECK(summary.rows == summary.added + summary.duplicates + summary.rejected);
}

CONTRACT_CASE("an import tells new, duplicate and rejected rows apart, and they add up") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "before.csv", {"A"});
  const auto session = store->begin_import(spec("ids.csv"));
  session->add(row(1, "A"));
  session->add(row(2, "B"));
  session->reject(rejected(3, "no ID"));
  session->add(row(4, "B"));
  session->add(row(5, "C"));
  const ImportSummary summary = session->commit("sum");
  CHECK_FALSE(summary.same_import);
  CHECK(summary.batch_name == "ids.csv");
  CHECK(summary.rows == 5);
  CHECK(summary.added == 2);
  CHECK(summary.duplicates == 2);
  CHECK(summary.duplicates_in_file == 1);
  CHECK(summary.duplicates_done == 0);
  CHECK(summary.rejected == 1);
  check_balanced(summary);

  const BatchInfo batch = backend.open_reader()->batches().at(1);
  CHECK(batch.rows == 5);
  CHECK(batch.added == 2);
  CHECK(batch.duplicates == 2);
  CHECK(batch.rejected == 1);
  const WorkerId worker = store->start_worker(kNow);
  CHECK(totals(*store, worker).ready == 3);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a batch keeps what is known of its file") {
  Backend backend;
  const auto store = backend.open();
  BatchSpec batch = spec("ids.csv");
  batch.header = {"product id", "na\"me", ""};
  batch.id_column = "product id";
  const auto session = store->begin_import(batch);
  session->add(row(1, "A"));
  session->commit("0123abcd");
  const BatchInfo info = backend.open_reader()->batches().at(0);
  CHECK(info.name == "ids.csv");
  CHECK(info.file == "/data/ids.csv");
  CHECK(info.sha256 == "0123abcd");
  CHECK(info.header == batch.header);
  CHECK(info.id_column == "product id");
  CHECK(info.imported_at == kNow);
}

CONTRACT_CASE("an import that is not committed leaves nothing") {
  Backend backend;
  const auto store = backend.open();
  store->begin_import(spec("ids.csv"))->add(row(1, "A"));
  CHECK(backend.open_reader()->batches().empty());
  CHECK_FALSE(backend.open_reader()->find_job("A").has_value());
  CHECK(import_keys(*store, "ids.csv", {"A"}).added == 1);
}

CONTRACT_CASE("rows that are not committed are seen by nobody") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  session->add(row(1, "A"));
  const auto other = backend.open();
  const WorkerId worker = other->start_worker(kNow);
  CHECK(lease(*other, worker, 1).empty());
  session->commit("sum");
  CHECK(keys(lease(*other, worker, 1)) == Keys{"A"});
}

CONTRACT_CASE("an import of no rows is a batch of no rows") {
  Backend backend;
  const auto store = backend.open();
  const ImportSummary summary = store->begin_import(spec("empty.csv"))->commit("sum");
  CHECK(summary.rows == 0);
  CHECK(backend.open_reader()->batches().at(0).rows == 0);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a key is compared byte for byte") {
  Backend backend;
  const auto store = backend.open();
  CHECK(import_keys(*store, "ids.csv", {"a", "A", "a ", "0112038-9", "Å", "A'; --"}).added == 6);
  CHECK(job(backend, "a ").job.key == "a ");
  CHECK(job(backend, "A'; --").job.key == "A'; --");
}

CONTRACT_CASE("the same import again adds nothing and makes no batch") {
  Backend backend;
  const auto store = backend.open();
  const auto import = [&](const std::string& name) {
    const auto session = store->begin_import(spec(name));
    session->add(row(1, "A"));
    session->reject(rejected(2, "no ID"));
    session->add(row(3, "A"));
    return session->commit("sum");
  };
  import("ids.csv");
  for (const char* name : {"ids.csv", "other-name.csv"}) {
    const ImportSummary again = import(name);
    CHECK(again.same_import);
    CHECK(again.batch_name == "ids.csv");
    CHECK(again.rows == 3);
    CHECK(again.added == 0);
    CHECK(again.duplicates == 2);
    CHECK(again.rejected == 1);
    check_balanced(again);
  }
  CHECK(backend.open_reader()->batches().size() == 1);
  auto reader = backend.open_reader();
  CHECK(exported(*reader).size() == 3);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("the same file with other ID options is another import") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  BatchSpec other = spec("ids.csv");
  other.id_options = "column=other";
  const ImportSummary summary = import_keys(*store, other, {"A"});
  CHECK_FALSE(summary.same_import);
  CHECK(summary.batch_name == "ids.csv#2");
}

CONTRACT_CASE("a name that holds other content gets a number") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  CHECK(import_keys(*store, "ids.csv", {"A", "B"}).batch_name == "ids.csv#2");
  CHECK(import_keys(*store, "ids.csv", {"A", "B", "C"}).batch_name == "ids.csv#3");
  CHECK(import_keys(*store, "ids.csv", {"A", "B"}).batch_name == "ids.csv#2");  // the same import
  CHECK(backend.open_reader()->batches().size() == 3);
}

CONTRACT_CASE("duplicates that were answered before are told, with the times") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A", "B", "C", "D"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "{}", after_start(100));
  settle(*store, worker, {not_found(lease(*store, worker, 1).at(0), after_start(200))});
  settle(*store, worker, {failed(lease(*store, worker, 1).at(0), "HTTP 400", after_start(300))});
  const ImportSummary summary = import_keys(*store, "two.csv", {"A", "B", "C", "D", "E"});
  CHECK(summary.added == 1);
  CHECK(summary.duplicates == 4);
  CHECK(summary.duplicates_done == 2);
  CHECK(summary.answered_first == after_start(100));
  CHECK(summary.answered_last == after_start(200));
  CHECK(summary.asked_again == 0);
  CHECK(totals(*store, worker).done == 1);
}

CONTRACT_CASE("a max age asks the answers that are older again, and keeps them meanwhile") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "old", after_start(0));
  answer_next(*store, worker, "new", after_start(5000));
  BatchSpec batch = spec("two.csv");
  batch.now = after_start(10'000);
  batch.max_age = Millis(6000);
  const ImportSummary summary = import_keys(*store, batch, {"A", "B", "C", "D"});
  CHECK(summary.asked_again == 1);
  CHECK(summary.duplicates_done == 2);
  CHECK(summary.added == 1);
  const JobDetail old = job(backend, "A");
  CHECK(old.job.state == JobState::ready);
  CHECK(old.job.attempts == 0);
  CHECK(old.answer->body == "old");
  CHECK(job(backend, "B").job.state == JobState::done);
  CHECK(totals(*store, worker).done == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE(
    "the same import with a max age asks old answers again: that is how a list is kept fresh") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker, "old", after_start(0));
  BatchSpec batch = spec("ids.csv");
  batch.now = after_start(10'000);
  batch.max_age = Millis(6000);
  const ImportSummary summary = import_keys(*store, batch, {"A", "B"});
  CHECK(summary.same_import);
  CHECK(summary.asked_again == 1);
  CHECK(job(backend, "A").job.state == JobState::ready);
  CHECK(backend.open_reader()->batches().size() == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("replace: jobs that only the old batch had go, the others stay") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "other.csv", {"C"});
  import_keys(*store, "old.csv", {"A", "B", "C"});
  const WorkerId worker = store->start_worker(kNow);
  BatchSpec batch = spec("new.csv");
  batch.replace = "old.csv";
  const ImportSummary summary = import_keys(*store, batch, {"B", "D"});
  CHECK(summary.added == 1);
  CHECK(summary.duplicates == 1);
  CHECK(summary.removed_jobs == 1);
  const auto reader = backend.open_reader();
  REQUIRE(reader->batches().size() == 2);
  CHECK(reader->batches()[0].name == "other.csv");
  CHECK(reader->batches()[1].name == "new.csv");
  CHECK_FALSE(reader->find_job("A").has_value());
  CHECK(reader->find_job("C").has_value());
  CHECK(totals(*store, worker).ready == 3);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a list that replaces the one of its own name keeps the name") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A", "B"});
  BatchSpec batch = spec("ids.csv");
  batch.replace = "ids.csv";
  CHECK(import_keys(*store, batch, {"B", "C"}).batch_name == "ids.csv");
  CHECK(import_keys(*store, batch, {"C", "D"}).batch_name == "ids.csv");
  const auto reader = backend.open_reader();
  REQUIRE(reader->batches().size() == 1);
  CHECK(reader->batches()[0].name == "ids.csv");
  CHECK_FALSE(reader->find_job("A").has_value());
  CHECK_FALSE(reader->find_job("B").has_value());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("replace is heeded where the list is in already: the other batch goes") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "jan.csv", {"A", "B"});
  import_keys(*store, "feb.csv", {"B", "C"});
  BatchSpec batch = spec("jan.csv");
  batch.replace = "feb.csv";
  const ImportSummary summary = import_keys(*store, batch, {"A", "B"});
  CHECK(summary.same_import);
  CHECK(summary.batch_name == "jan.csv");
  CHECK(summary.removed_jobs == 1);
  const auto reader = backend.open_reader();
  REQUIRE(reader->batches().size() == 1);
  CHECK(reader->batches()[0].name == "jan.csv");
  CHECK(reader->find_job("B").has_value());
  CHECK_FALSE(reader->find_job("C").has_value());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a list that is in already does not remove itself as the one it replaces") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "jan.csv", {"A", "B"});
  BatchSpec batch = spec("jan.csv");
  batch.replace = "jan.csv";
  const ImportSummary summary = import_keys(*store, batch, {"A", "B"});
  CHECK(summary.same_import);
  CHECK(summary.removed_jobs == 0);
  const auto reader = backend.open_reader();
  REQUIRE(reader->batches().size() == 1);
  CHECK(reader->find_job("A").has_value());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("replacing a batch that is not there is the user's mistake and changes nothing") {
  Backend backend;
  const auto store = backend.open();
  BatchSpec batch = spec("new.csv");
  batch.replace = "nowhere.csv";
  CHECK(fault_of([&] { import_keys(*store, batch, {"A"}); }) == Fault::usage);
  CHECK(backend.open_reader()->batches().empty());
  CHECK_FALSE(backend.open_reader()->find_job("A").has_value());
}

CONTRACT_CASE("a leased job outlives the replacement of its batch until it is settled") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "old.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  BatchSpec batch = spec("new.csv");
  batch.replace = "old.csv";
  CHECK(import_keys(*store, batch, {"B"}).removed_jobs == 0);
  CHECK(settle(*store, worker, {done(leased.at(0))}).too_late.empty());
  CHECK(faults(backend).empty());
}

ImportRow row_with(std::int64_t number, const std::string& key, const std::string& lang) {
  ImportRow result = row(number, key);
  result.columns = R"({"id":")" + key + R"(","lang":")" + lang + R"("})";
  result.url_values = R"([")" + lang + R"("])";
  return result;
}

BatchSpec spec_with_url_column(const std::string& name) {
  BatchSpec batch = spec(name);
  batch.header = {"id", "lang"};
  batch.url_columns = {"lang"};
  return batch;
}

CONTRACT_CASE(
    "one key with two values for the URL is rejected, in the file and against the store") {
  Backend backend;
  const auto store = backend.open();
  auto session = store->begin_import(spec_with_url_column("one.csv"));
  session->add(row_with(1, "A", "fi"));
  session->add(row_with(2, "A", "sv"));
  session->add(row_with(3, "A", "fi"));
  session->add(row_with(4, "B", "fi"));
  ImportSummary summary = session->commit("one");
  CHECK(summary.added == 2);
  CHECK(summary.duplicates == 1);
  CHECK(summary.rejected == 1);
  CHECK(summary.conflicting == 1);
  check_balanced(summary);

  session = store->begin_import(spec_with_url_column("two.csv"));
  session->add(row_with(1, "A", "fi"));
  session->add(row_with(2, "B", "en"));
  session->add(row_with(3, "C", "en"));
  summary = session->commit("two");
  CHECK(summary.added == 1);
  CHECK(summary.duplicates == 1);
  CHECK(summary.rejected == 1);
  CHECK(summary.conflicting == 1);

  const auto reader = backend.open_reader();
  const auto rows = exported(*reader);
  REQUIRE(rows.size() == 7);
  CHECK_FALSE(rows[1].state.has_value());
  CHECK(rows[1].row == 2);
  CHECK_FALSE(rows[1].error.empty());
  CHECK(rows[1].columns == row_with(2, "A", "sv").columns);
  CHECK(rows[2].key == "A");
  CHECK_FALSE(rows[5].state.has_value());
  CHECK(reader->batches().at(0).rejected == 1);
  std::vector<RejectedRow> rejects;
  reader->each_reject(reader->batches().at(0).id, [&](const RejectedRow& row) {
    rejects.push_back(row);
    return true;
  });
  REQUIRE(rejects.size() == 1);
  CHECK(rejects[0].row == 2);
  CHECK(rejects[0].columns == row_with(2, "A", "sv").columns);
  CHECK_FALSE(rejects[0].reason.empty());
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("the same import with a conflict in it tells the same numbers again") {
  Backend backend;
  const auto store = backend.open();
  for (const bool again : {false, true}) {
    const auto session = store->begin_import(spec_with_url_column("one.csv"));
    session->add(row_with(1, "A", "fi"));
    session->add(row_with(2, "A", "sv"));
    const ImportSummary summary = session->commit("one");
    CHECK(summary.same_import == again);
    CHECK(summary.rows == 2);
    CHECK(summary.rejected == 1);
    CHECK(summary.added + summary.duplicates == 1);
  }
}

CONTRACT_CASE("columns that the URL does not use may differ") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  ImportRow first = row_with(1, "A", "fi");
  ImportRow second = row_with(2, "A", "sv");
  first.url_values.clear();
  second.url_values.clear();
  session->add(first);
  session->add(second);
  const ImportSummary summary = session->commit("sum");
  CHECK(summary.duplicates == 1);
  CHECK(summary.rejected == 0);
}

CONTRACT_CASE("an import during a run leaves the leases alone") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "one.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  const auto leased = lease(*store, worker, 1);
  const auto other = backend.open();
  import_keys(*other, "two.csv", {"A", "B"});
  CHECK(totals(*store, worker).leased == 1);
  CHECK(settle(*store, worker, {done(leased.at(0))}).too_late.empty());
  CHECK(keys(lease(*store, worker, 5)) == Keys{"B"});
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("two imports at once: a key that both hold is one job") {
  Backend backend;
  const auto one = backend.open();
  const auto two = backend.open();
  const auto first = one->begin_import(spec("one.csv"));
  const auto second = two->begin_import(spec("two.csv"));
  first->add(row(1, "A"));
  second->add(row(1, "A"));
  CHECK(second->commit("two").added == 1);
  const ImportSummary summary = first->commit("one");
  CHECK(summary.added == 0);
  CHECK(summary.duplicates == 1);
  CHECK(faults(backend).empty());
}

CONTRACT_CASE("a large import keeps its order") {
  Backend backend;
  const auto store = backend.open();
  const auto session = store->begin_import(spec("ids.csv"));
  constexpr int kRows = 20'000;
  for (int i = 1; i <= kRows; ++i) {
    session->add(row(i, std::to_string(i * 7919LL % kRows)));  // shuffled, each once
  }
  CHECK(session->commit("sum").added == kRows);
  const auto reader = backend.open_reader();
  std::int64_t next = 0;
  reader->each_job({}, [&](const JobRow& found) {
    ++next;
    return found.key == std::to_string(next * 7919 % kRows);
  });
  CHECK(next == kRows);
}

}  // namespace
}  // namespace dogged::contract
