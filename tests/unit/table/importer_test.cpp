// SPDX-License-Identifier: MIT
#include "table/importer.h"

#include "base/error.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace dogged {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// An import of a file of the test's own into a store of its own.
struct Given {
  explicit Given(const std::string& bytes) { write(bytes); }

  void write(const std::string& bytes) {
    options.input.file = (directory.path() / "ids.csv").string();
    std::ofstream(options.input.file, std::ios::binary) << bytes;
  }
  ImportReport import() {
    return import_file(options, store, from_ms(1000),
                       [this](const InputShape& s) { understood.push_back(s.describe()); });
  }
  std::string fault() {
    try {
      (void)import();
      return "";
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::usage);
      return error.what();
    }
  }

  TemporaryDirectory directory;
  MemoryStore store;
  ImportOptions options;
  std::vector<std::string> understood;
};

// What a store is given, for what no reader shows.
class NotingStore final : public JobStore {
 public:
  class Session final : public ImportSession {
   public:
    explicit Session(NotingStore& store) : store_(store) {}
    void add(const ImportRow& row) override { store_.added.push_back(row); }
    void reject(const RejectedRow& row) override { store_.rejected.push_back(row); }
    ImportSummary commit(const std::string& hash) override {
      store_.sha256 = hash;
      store_.rejects_there = std::filesystem::exists(store_.rejects_file);
      return {};
    }

   private:
    NotingStore& store_;
  };

  std::unique_ptr<ImportSession> begin_import(const BatchSpec& given) override {
    spec = given;
    return std::make_unique<Session>(*this);
  }
  WorkerId start_worker(WallTime) override { return {}; }
  void heartbeat(const WorkerId&, const std::function<ClockSight()>&) override {}
  void end_worker(const WorkerId&, std::string_view, WallTime) override {}
  Recovery recover_dead_workers(WallTime) override { return {}; }
  Exchange exchange(const WorkerId&, std::span<const Settlement>, const LeaseRequest&,
                    WallTime) override {
    return {};
  }
  std::int64_t requeue(const RequeueFilter&, WallTime) override { return 0; }
  std::int64_t remove_batch(std::string_view, WallTime) override { return 0; }
  std::optional<std::string> setting(std::string_view) override { return {}; }
  void put_setting(std::string_view, std::string_view) override {}
  void change_setting(
      std::string_view,
      const std::function<std::string(const std::optional<std::string>&)>&) override {}

  BatchSpec spec;
  std::vector<ImportRow> added;
  std::vector<RejectedRow> rejected;
  std::string sha256;
  std::string rejects_file;
  bool rejects_there = false;  // at commit
};

TEST_CASE("every row of a file is new, duplicate or rejected") {
  Given given("id,n\n1,a\n2,b\n1,c\n,d\n");
  const ImportReport report = given.import();
  CHECK(given.understood ==
        std::vector<std::string>{"CSV with ',', UTF-8, header, ID column 'id'"});
  CHECK(import_line("ids.csv", report.summary) ==
        "ids.csv: 4 rows = 2 new + 1 duplicate + 1 rejected");
  CHECK(report.summary.batch_name == "ids.csv");
  CHECK(report.summary.duplicates_in_file == 1);
  REQUIRE(report.first_rejects.size() == 1);
  CHECK(report.first_rejects[0].line == 5);
  CHECK(report.first_rejects[0].reason == "the ID is empty");
  CHECK(report.first_rejects[0].columns == R"({"id":"","n":"d"})");
}

TEST_CASE("the same import twice adds nothing") {
  Given given("id,n\n1,a\n2,b\n");
  given.import();
  const ImportReport again = given.import();
  CHECK(again.summary.same_import);
  CHECK(import_line("f", again.summary) == "f: 2 rows = 0 new + 2 duplicate + 0 rejected");
}

TEST_CASE("the same file with other ID options is another import") {
  Given given("id,number\n1,7\n2,8\n");
  given.import();
  given.options.input.id.column = "number";
  const ImportReport other = given.import();
  CHECK_FALSE(other.summary.same_import);
  CHECK(other.summary.added == 2);
  CHECK(other.summary.batch_name == "ids.csv#2");
}

TEST_CASE("an empty file and a header alone import no rows") {
  for (const char* const text : {"", "id,n\n"}) {
    Given given(text);
    given.options.url_names = {"id"};
    CHECK(import_line("f", given.import().summary) ==
          "f: 0 rows = 0 new + 0 duplicate + 0 rejected");
  }
}

TEST_CASE("what was mended is counted by kind") {
  Given given("0112038-9\n1120389\n01120389\n23319727\n");
  given.options.input.id.rule = "finnish-business-id";
  const ImportReport report = given.import();
  CHECK(report.mended ==
        std::map<std::string, std::int64_t>{{"hyphen", 2}, {"hyphen + leading zero", 1}});
  CHECK(report.summary.added == 2);
  CHECK(report.summary.duplicates == 2);
}

TEST_CASE("over half rejected imports nothing and shows the first five") {
  Given given("id\nA1\n\"b\nc\"\n1E+20\n2E+20\n3E+20\n4E+20\n5E+20\n");
  given.options.rejects_file = (given.directory.path() / "rejects.csv").string();
  const std::string fault = given.fault();
  CHECK(holds(fault, "nothing was imported: 6 of the 7 rows"));
  CHECK(holds(fault, "\n  line 3: the ID holds a control character or a line break: \"b\\x0Ac\""));
  CHECK(holds(fault, "\n  line 8: "));
  CHECK_FALSE(holds(fault, "\n  line 9: "));
  CHECK(given.store.reader()->batches().empty());
  CHECK(holds(content(given.options.rejects_file), "\n9,\""));
}

TEST_CASE("half rejected is imported") {
  Given given("id\nA1\n1E+20\n");
  CHECK(given.import().summary.rejected == 1);
}

TEST_CASE("rejects are written as CSV, and an old file of them is emptied") {
  Given given("id,n\n1,a\n2,b\n,\"say \"\"x\"\"\"\n");
  const std::string path = (given.directory.path() / "rejects.csv").string();
  given.options.rejects_file = path;
  given.import();
  CHECK(content(path) ==
        "line,reason,text\n4,\"the ID is empty\",\",\"\"say \"\"\"\"x\"\"\"\"\"\"\"\n");
  given.write("id,n\n1,a\n");
  given.import();
  CHECK(content(path) == "line,reason,text\n");
  std::filesystem::remove(path);
  given.write("id,n\n3,a\n");
  given.import();
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("rejects are put in their place after the store took the rows, in the caller's way") {
  Given given("id,n\n1,a\n,b\n2,c\n");
  NotingStore store;
  store.rejects_file = (given.directory.path() / "rejects.csv").string();
  given.options.rejects_file = store.rejects_file;
  int placed = 0;
  given.options.place_rejects = [&](AtomicFile& file) {
    ++placed;
    CHECK(file.size() == std::string("line,reason,text\n3,\"the ID is empty\",\",b\"\n").size());
    file.commit();
  };
  import_file(given.options, store, from_ms(1000), nullptr);
  CHECK_FALSE(store.rejects_there);
  CHECK(std::filesystem::exists(store.rejects_file));
  CHECK(placed == 1);
}

TEST_CASE("a URL that needs a column which is not there is an error that lists the columns") {
  Given given("id,kind\n1,a\n");
  given.options.url_names = {"id", "knd"};
  CHECK(holds(given.fault(), "the URL needs {knd}, but "));
  CHECK(holds(given.fault(), "did you mean 'kind'? It has: id, kind"));
  CHECK(given.store.reader()->batches().empty());
}

TEST_CASE("{id} is an error where the column id is neither the key nor part of it") {
  Given given("id,number\n1,7\n");
  given.options.input.id.column = "number";
  given.options.url_names = {"id"};
  CHECK(holds(given.fault(), "{id} in the URL could be the key or the column 'id'"));
  given.options.url_names = {"key"};
  CHECK(given.fault() == "");
  given.options.input.id.column = "id";
  given.options.url_names = {"id", "key"};
  CHECK(given.fault() == "");
  given.options.input.id.column = "";
  given.options.input.id.key = "{number}";
  CHECK(holds(given.fault(), "{id} in the URL"));
  given.options.input.id.key = "{number}/{id}";
  CHECK(given.fault() == "");
}

TEST_CASE("{id} is the key where no column has that name") {
  Given given("number,kind\n7,a\n");
  given.options.input.id.column = "number";
  given.options.url_names = {"id", "number"};
  CHECK(given.fault() == "");
}

TEST_CASE("one key with other values for the URL is a reject") {
  Given given("id,kind\n1,a\n1, a \n1,b\n2,b\n");
  given.options.url_names = {"kind", "id"};
  const ImportReport report = given.import();
  CHECK(report.summary.added == 2);
  CHECK(report.summary.duplicates == 1);
  CHECK(report.summary.rejected == 1);
  CHECK(report.summary.conflicting == 1);
}

TEST_CASE("the store is given all that it keeps of a file") {
  Given given("kind,id\nartists,7\nartists,\nartists,9\n");
  given.options.input.id.key = "{kind}/{id}";
  given.options.url_names = {"kind", "id"};
  given.options.batch = "tate";
  given.options.replace = "old";
  given.options.max_age = Millis(5);
  NotingStore store;
  import_file(given.options, store, from_ms(1000), nullptr);
  CHECK(store.spec.name == "tate");
  CHECK(store.spec.file == given.options.input.file);
  CHECK(store.spec.header == std::vector<std::string>{"kind", "id"});
  CHECK(store.spec.id_column == "");
  CHECK(store.spec.url_columns == std::vector<std::string>{"kind", "id"});
  CHECK(store.spec.replace == "old");
  CHECK(store.spec.max_age == Millis(5));
  CHECK(store.spec.now == from_ms(1000));
  CHECK(store.spec.id_options ==
        R"({"column":"","key":"{kind}/{id}","rule":"","pattern":"","rewrite":"","format":",",)"
        R"("encoding":"UTF-8","header":"yes","url":["kind","id"]})");
  REQUIRE(store.added.size() == 2);
  CHECK(store.added[0].key == "artists/7");
  CHECK(store.added[0].columns == R"({"kind":"artists","id":"7"})");
  CHECK(store.added[0].url_values == R"(["artists","7"])");
  CHECK(store.added[1].row == 3);
  CHECK(store.added[1].line == 4);
  REQUIRE(store.rejected.size() == 1);
  CHECK(store.rejected[0].row == 2);
  CHECK(store.rejected[0].text == "artists,");
  CHECK(store.sha256.size() == 64);
}

TEST_CASE("url values of a mended ID column are the key") {
  Given given("business_id,kind\n1120389,a\n");
  given.options.input.id.rule = "finnish-business-id";
  given.options.url_names = {"business_id", "kind"};
  NotingStore store;
  import_file(given.options, store, from_ms(0), nullptr);
  CHECK(store.spec.url_columns == std::vector<std::string>{"kind"});
  REQUIRE(store.added.size() == 1);
  CHECK(store.added[0].key == "0112038-9");
  CHECK(store.added[0].mended == "hyphen + leading zero");
  CHECK(store.added[0].url_values == R"(["a"])");
}

TEST_CASE("empty rows are accounted for and do not make a list the wrong one") {
  Given given("id;n\n1;a\n;\n;\n2;b\n;\n;\n;\n");
  const ImportReport report = given.import();
  CHECK(report.summary.rows == 4);
  CHECK(report.summary.added == 2);
  CHECK(report.summary.rejected == 2);
  CHECK(report.empty_rows_at_end == 3);
  REQUIRE(report.first_rejects.size() == 2);
  CHECK(report.first_rejects[0].reason == kEmptyRow);
  CHECK(report.first_rejects[1].line == 4);

  Given wrong("id;n\nN/A?#;a\n;\n2;b\n");
  wrong.options.input.id.pattern = "[0-9]+";
  CHECK(wrong.import().summary.rejected == 2);  // of two rows that have something, one
}

}  // namespace
}  // namespace dogged
