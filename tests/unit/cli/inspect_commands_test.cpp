// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/json_document.h"
#include "cli/fields_command.h"
#include "cli/list_command.h"
#include "cli/show_command.h"
#include "cli/source_file.h"
#include "cli/source_show_command.h"
#include "cli/sql_command.h"
#include "cli/status_command.h"
#include "cli/verify_command.h"
#include "tests/unit/cli/store_fixture.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace dogged {
namespace {

constexpr char kSource[] =
    "name = \"prh\"\n[request]\nurl = \"https://host/{id}\"\n"
    "[id]\nrule = \"finnish-business-id\"\n";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string at(const std::string& json, std::string_view pointer) {
  JsonDocument document;
  const auto parsed = document.parse(json);
  if (!parsed) {
    return "no JSON: " + parsed.error();
  }
  const auto found = document.find(pointer);
  return found ? document.json(*found) : "absent";
}

// Four IDs, one of each ending and one not asked yet.
class Inspected : public StoreFixture {
 public:
  Inspected() {
    import("ids.csv", {"0112038-9", "2646674-9", "0201256-6", "1927400-1"});
    store()->put_setting(setting::kSource, kSource);
    settle({{JobState::done, R"({"name":"Nokia","n":1.10})"},
            {JobState::not_found, "{}"},
            {JobState::failed, "400 \x1b[31mbad"}});
  }
};

template <typename Call>
std::string usage_error(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.fault() == Fault::usage ? error.what() : "not a usage error";
  }
  return "no error";
}

TEST_CASE("commands that look never make a store, and say how to name one") {
  StoreFixture f;
  const std::vector<std::function<void()>> commands = {
      [&] { f.run<StatusOptions>(run_status_command); },
      [&] { f.run<ListOptions>(run_list_command); },
      [&] {
        f.run<ShowOptions>(run_show_command, {{"1"}, false});
      },
      [&] { f.run<FieldsOptions>(run_fields_command); },
      [&] { f.run<SqlOptions>(run_sql_command, {"SELECT 1"}); },
      [&] { f.run<VerifyOptions>(run_verify_command); },
      [&] { f.run<SourceShowOptions>(run_source_show_command); }};
  for (const auto& command : commands) {
    const std::string message = usage_error(command);
    CHECK(has(message, "--db"));
    CHECK(has(message, "there is no store"));
  }
  CHECK_FALSE(std::filesystem::exists(f.common().db));
}

TEST_CASE("status tells source, jobs by state, batches and the last run") {
  Inspected f;
  f.store()->put_setting(setting::kLastEnd, R"({"end":"later","reason":"--limit 3 was reached"})");
  const auto text = f.run<StatusOptions>(run_status_command);
  CHECK(text.status == ExitStatus::done);
  CHECK(has(text.out, "prh: https://host/{id}"));
  CHECK(has(text.out, "4: 1 done, 1 not found, 1 failed, 1 ready"));
  CHECK(has(text.out, "ids.csv: 4 rows = 4 new + 0 duplicate + 0 rejected"));
  CHECK(has(text.out, "last run  ended: --limit 3 was reached"));
  CHECK(has(text.out, "dogged run --db"));

  f.common().json = true;
  const auto json = f.run<StatusOptions>(run_status_command);
  CHECK(at(json.out, "/jobs/failed") == "1");
  CHECK(at(json.out, "/batches/0/rows") == "4");
  CHECK(at(json.out, "/workers/0/alive") == "false");
  CHECK(at(json.out, "/last_run/end") == "\"later\"");
}

TEST_CASE("status does not fall over a source or a last run that it cannot read") {
  Inspected f;
  f.store()->put_setting(setting::kSource, "no = [toml");
  f.store()->put_setting(setting::kLastEnd, "{");
  f.store()->put_setting(setting::kWait, "soon");
  CHECK(f.run<StatusOptions>(run_status_command).status == ExitStatus::done);
}

TEST_CASE("list shows the jobs in order of import, safe for terminals") {
  Inspected f;
  const auto all = f.run<ListOptions>(run_list_command);
  CHECK(all.status == ExitStatus::done);
  CHECK(lines(all.out) == 5);
  CHECK(all.out.find("0112038-9") < all.out.find("2646674-9"));
  CHECK(has(all.out, "400 \\x1B[31mbad"));
}

TEST_CASE("list picks by state and error, and stops at its limit") {
  Inspected f;
  ListOptions options;
  options.states = {JobState::done, JobState::failed};
  CHECK(lines(f.run(run_list_command, options).out) == 3);
  options = {};
  options.error = "bad";
  CHECK(has(f.run(run_list_command, options).out, "0201256-6"));
  options.error = "nothing like it";
  CHECK(f.run(run_list_command, options).out.empty());
  options = {};
  options.limit = 2;
  CHECK(lines(f.run(run_list_command, options).out) == 3);
  options.limit = 0;
  CHECK(lines(f.run(run_list_command, options).out) == 5);
}

TEST_CASE("list --json is one object a line, without a header") {
  Inspected f;
  f.common().json = true;
  const std::string out = f.run<ListOptions>(run_list_command).out;
  CHECK(lines(out) == 4);
  CHECK(at(out.substr(0, out.find('\n')), "/key") == "\"0112038-9\"");
  CHECK(at(out.substr(0, out.find('\n')), "/state") == "\"done\"");
}

TEST_CASE("show finds an ID as it is, and as the source's rule mends it") {
  Inspected f;
  const auto exact = f.run<ShowOptions>(run_show_command, {{"0112038-9"}, false});
  CHECK(exact.status == ExitStatus::done);
  CHECK(has(exact.out, "{\n  \"name\": \"Nokia\",\n  \"n\": 1.10\n}\n"));
  CHECK(has(exact.out, "note=n1"));
  CHECK(f.run<ShowOptions>(run_show_command, {{"112038-9"}, false}).out == exact.out);
}

TEST_CASE("show goes on after an ID that is not there, and ends with 1") {
  Inspected f;
  const auto both = f.run<ShowOptions>(run_show_command, {{"nobody", "0201256-6"}, false});
  CHECK(both.status == ExitStatus::error);
  CHECK(has(both.out, "0201256-6"));
  CHECK(has(both.out, "failed  HTTP 400"));
}

TEST_CASE("fields gives ready options for the export") {
  Inspected f;
  const std::string out = f.run<FieldsOptions>(run_fields_command).out;
  CHECK(has(out, "/name"));
  CHECK(has(out, "--add name=/name"));
  CHECK(has(out, "100 %"));
  f.common().json = true;
  const std::string json = f.run<FieldsOptions>(run_fields_command).out;
  CHECK(at(json.substr(0, json.find('\n')), "/add") == "\"name=/name\"");
}

TEST_CASE("fields of a store without answers is empty and no error") {
  StoreFixture f;
  f.import("ids.csv", {"1"});
  const auto ended = f.run<FieldsOptions>(run_fields_command);
  CHECK(ended.status == ExitStatus::done);
  CHECK(ended.out.empty());
}

TEST_CASE("sql writes CSV with a header where stdout is no terminal") {
  Inspected f;
  CHECK(f.run<SqlOptions>(run_sql_command, {"SELECT key, http_status FROM jobs ORDER BY id"}).out ==
        "key,http_status\n0112038-9,200\n2646674-9,404\n0201256-6,400\n1927400-1,\n");
  CHECK(f.run<SqlOptions>(run_sql_command, {"SELECT '' AS a, NULL AS b, 'x\"y,z' AS c"}).out ==
        "a,b,c\n\"\",,\"x\"\"y,z\"\n");
  CHECK(f.run<SqlOptions>(run_sql_command, {"SELECT key FROM jobs WHERE 0"}).out == "key\n");
}

TEST_CASE("sql --json tells columns of one name apart") {
  Inspected f;
  f.common().json = true;
  CHECK(f.run<SqlOptions>(run_sql_command, {"SELECT 'x' AS a, NULL AS a"}).out ==
        "{\"a\":\"x\",\"a_2\":null}\n");
}

TEST_CASE("sql --json gives numbers as numbers, with all their digits, and NULL as null") {
  StoreFixture f;
  f.import("ids.csv", {"1"});
  f.common().json = true;
  CHECK(
      f.run<SqlOptions>(run_sql_command,
                        {"SELECT 9007199254740993 AS i, -1.5 AS r, '12' AS t, NULL AS n, 9e999 AS "
                         "inf, '' AS e"})
          .out ==
      "{\"i\":9007199254740993,\"r\":-1.5,\"t\":\"12\",\"n\":null,\"inf\":\"Inf\","
      "\"e\":\"\"}\n");
}

TEST_CASE("sql refuses what would write, and what is no SQL") {
  Inspected f;
  for (const char* statement : {"DELETE FROM jobs", "SELEC 1", "SELECT 1; DELETE FROM jobs", ""}) {
    CAPTURE(statement);
    const std::string message =
        usage_error([&] { f.run<SqlOptions>(run_sql_command, {statement}); });
    CHECK(message != "no error");
    CHECK(message != "not a usage error");
  }
  CHECK(has(f.run<SqlOptions>(run_sql_command, {"SELECT count(*) AS n FROM jobs"}).out, "4"));
}

TEST_CASE("verify says what it proved") {
  Inspected f;
  const auto text = f.run<VerifyOptions>(run_verify_command);
  CHECK(text.status == ExitStatus::done);
  CHECK(text.out.starts_with("ok: "));
  CHECK(has(text.out, "4 rows = 4 new + 0 duplicate + 0 rejected"));
  CHECK(has(text.out, "4 jobs = 1 ready + 0 leased + 1 done + 1 not found + 1 failed"));
  f.common().json = true;
  CHECK(at(f.run<VerifyOptions>(run_verify_command).out, "/ok") == "true");
}

TEST_CASE("verify of a damaged file says so once, what cannot be read, and what to do") {
  StoreFixture f;
  f.import("ids.csv", {"1"});
  f.settle({{JobState::done, '"' + std::string(200'000, 'x') + '"'}});
  {
    // In the middle of the one long answer: behind the pages of all that is small.
    std::fstream file(f.common().db, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::int64_t>(file.tellg());
    std::string whole(static_cast<std::size_t>(size), '\0');
    file.seekg(0);
    file.read(whole.data(), size);
    const auto answer = static_cast<std::int64_t>(whole.rfind(std::string(16'000, 'x')));
    REQUIRE(answer > 0);
    file.seekp((answer / 16'384 - 1) * 16'384);  // the number of the page behind the last but one
    file.write("\x7f\x7f\x7f\x7f", 4);
  }
  const auto text = f.run<VerifyOptions>(run_verify_command);
  CHECK(text.status == ExitStatus::error);
  CHECK(text.out.starts_with("the file is damaged, in "));
  CHECK(has(text.out, "\ncannot be read whole: answers\n"));
  CHECK_FALSE(has(text.out, "***"));
  f.common().json = true;
  const std::string json = f.run<VerifyOptions>(run_verify_command).out;
  CHECK(at(json, "/ok") == "false");
  CHECK(at(json, "/unreadable_tables/0") == "\"answers\"");
  CHECK(has(at(json, "/faults/0"), "the file is damaged"));
}

TEST_CASE("source show gives the stored TOML back, and an error where there is none") {
  Inspected f;
  CHECK(f.run<SourceShowOptions>(run_source_show_command).out == kSource);
  f.common().json = true;
  CHECK(at(f.run<SourceShowOptions>(run_source_show_command).out, "/url") ==
        "\"https://host/{id}\"");
  StoreFixture bare;
  bare.import("ids.csv", {"1"});
  CHECK_THROWS_AS(bare.run<SourceShowOptions>(run_source_show_command), Error);
}

TEST_CASE("source show prints a source that comes with dogged, as --source takes it") {
  StoreFixture f;  // no store is looked at
  const auto shown = f.run<SourceShowOptions>(run_source_show_command, {"prh"});
  CHECK(parse_source(shown.out, "shown").source.name == "prh");
  CHECK_THROWS_WITH_AS(f.run<SourceShowOptions>(run_source_show_command, {"phr"}),
                       doctest::Contains("those that do: prh-v1, prh"), Error);
}

}  // namespace
}  // namespace dogged
