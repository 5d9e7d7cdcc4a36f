// SPDX-License-Identifier: MIT
// What the steps of fetch make of their flags.
#include "base/error.h"
#include "base/json_document.h"
#include "cli/command.h"
#include "cli/export_step.h"
#include "cli/import_step.h"
#include "cli/owned_file.h"
#include "cli/run_options.h"
#include "cli/run_step.h"
#include "cli/try_text.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace dogged {
namespace {

TEST_CASE("a flag's cap counts before the source's, and that before the default") {
  ResolvedSource resolved;
  RunFlags flags;
  CHECK(make_run_options(flags, resolved).max_concurrency == 64);
  CHECK_FALSE(make_run_options(flags, resolved).rate);
  resolved.source.limits.max_concurrency = 8;
  resolved.source.limits.rate = Rate{300, Millis(60'000)};
  CHECK(make_run_options(flags, resolved).max_concurrency == 8);
  CHECK(make_run_options(flags, resolved).rate == Rate{300, Millis(60'000)});
  flags.max_concurrency = 100;
  flags.rate = Rate{5, Millis(1'000)};
  CHECK(make_run_options(flags, resolved).max_concurrency == 100);
  CHECK(make_run_options(flags, resolved).rate == Rate{5, Millis(1'000)});
}

TEST_CASE("-j is a cap for all workers where somebody asked for it") {
  ResolvedSource resolved;
  RunFlags flags;
  CHECK_FALSE(make_run_options(flags, resolved).max_concurrency_is_cap);
  CHECK(caps_of(make_run_options(flags, resolved)) == Caps());
  resolved.source.limits.max_concurrency = 8;
  CHECK(make_run_options(flags, resolved).max_concurrency_is_cap);
  resolved.source.limits.max_concurrency.reset();
  flags.max_concurrency = 64;
  CHECK(make_run_options(flags, resolved).max_concurrency_is_cap);
  CHECK(caps_of(make_run_options(flags, resolved)).max_concurrency == 64);
}

TEST_CASE("the flags that bound a run are told as they are typed") {
  RunFlags flags;
  CHECK(typed_bounds(flags).empty());
  flags.max_concurrency = 8;
  flags.rate = Rate{300, Millis(60'000)};
  flags.quota = parse_quota("50/day@06:30 Europe/Helsinki").value();
  flags.limit = 100;
  flags.max_time = Millis(90'000);
  CHECK(typed_bounds(flags) ==
        "-j 8 --rate 300/min --quota '50/day@06:30 Europe/Helsinki' --limit 100 --max-time 90s");
}

TEST_CASE("none as a flag takes away the source's cap") {
  ResolvedSource resolved;
  resolved.source.limits.rate = Rate{300, Millis(60'000)};
  resolved.source.limits.quota = "100/h";
  RunFlags flags;
  flags.rate.emplace();
  flags.quota.emplace();
  CHECK_FALSE(make_run_options(flags, resolved).rate);
  CHECK_FALSE(make_run_options(flags, resolved).quota);
  CHECK(rate_warning(flags, resolved).value_or("").find("--rate none is above") == 0);
  CHECK(typed_bounds(flags) == "--rate none --quota none");
}

TEST_CASE("quota and share come from the flags, else from the source") {
  ResolvedSource resolved;
  RunFlags flags;
  CHECK_FALSE(make_run_options(flags, resolved).quota);
  CHECK(make_run_options(flags, resolved).leave == 0);
  CHECK_FALSE(make_run_options(flags, resolved).probe_now);
  resolved.source.limits.quota = "100/h";
  resolved.source.limits.leave = 0.5;
  CHECK(make_run_options(flags, resolved).quota == Quota{100, Quota::Per::hour});
  CHECK(make_run_options(flags, resolved).leave == doctest::Approx(0.5));
  flags.quota = Quota{7, Quota::Per::day};
  flags.leave = 0.25;
  flags.now = true;
  CHECK(make_run_options(flags, resolved).quota == Quota{7, Quota::Per::day});
  CHECK(make_run_options(flags, resolved).leave == doctest::Approx(0.25));
  CHECK(make_run_options(flags, resolved).probe_now);
  flags.quota.reset();
  resolved.source.limits.quota = "many";
  CHECK_THROWS_WITH_AS(make_run_options(flags, resolved), doctest::Contains("the source's quota"),
                       Error);
}

TEST_CASE("the pace's flags say what to write instead of what is wrong") {
  const auto parse = [](const std::vector<std::string>& args) {
    CommandLine line;
    auto flags = std::make_shared<RunFlags>();
    CommandOptions add =
        line.add({.path = "run", .group = "", .summary = "", .details = "", .json = false},
                 [flags](CommandContext&) { return ExitStatus::done; });
    add_run_options(add, *flags);
    line.parse(args);
    return *flags;
  };
  CHECK(parse({"run", "--leave", "50%"}).leave == doctest::Approx(0.5));
  CHECK(parse({"run", "--leave", "0.1"}).leave == doctest::Approx(0.1));
  for (const char* share : {"0", "0%", "100%", "1", "50", "-5%", "half", "", "%"}) {
    CAPTURE(std::string(share));
    CHECK_THROWS_WITH_AS(parse({"run", "--leave", share}), doctest::Contains("like 50% or 0.5"),
                         Error);
  }
  CHECK(parse({"run", "--quota", "1000/day"}).quota == Quota{1'000});
  for (const char* quota : {"1000", "0/day", "1000/week", "1000/day@25:00"}) {
    CAPTURE(std::string(quota));
    CHECK_THROWS_WITH_AS(parse({"run", "--quota", quota}), doctest::Contains("--quota"), Error);
  }
  CHECK(parse({"run", "--now"}).now);
}

TEST_CASE("a --rate above the source's cap is warned of with both") {
  ResolvedSource resolved;
  RunFlags flags;
  flags.rate = Rate{6, Millis(1'000)};
  CHECK_FALSE(rate_warning(flags, resolved));
  resolved.source.name = "prh";
  resolved.source.limits.rate = Rate{300, Millis(60'000)};
  const auto warning = rate_warning(flags, resolved);
  REQUIRE(warning);
  CHECK(warning->find("6/s") != std::string::npos);
  CHECK(warning->find("300/min") != std::string::npos);
  CHECK(warning->find("prh") != std::string::npos);
  flags.rate = Rate{5, Millis(1'000)};
  CHECK_FALSE(rate_warning(flags, resolved));
  CHECK_FALSE(rate_warning({}, resolved));
}

TEST_CASE("-j and --max-attempts have an upper bound") {
  const auto parse = [](const std::vector<std::string>& args) {
    CommandLine line;
    auto flags = std::make_shared<RunFlags>();
    CommandOptions add =
        line.add({.path = "run", .group = "", .summary = "", .details = "", .json = false},
                 [flags](CommandContext&) { return ExitStatus::done; });
    add_run_options(add, *flags);
    line.parse(args);
    return *flags;
  };
  CHECK(parse({"run", "-j", "10000"}).max_concurrency == 10'000);
  CHECK(parse({"run", "--max-attempts", "1000000"}).max_attempts == 1'000'000);
  CHECK(parse({"run", "--max-attempts", "0"}).max_attempts == 0);
  for (const char* number : {"10001", "4294967297", "99999999999999999999"}) {
    CAPTURE(std::string(number));
    CHECK_THROWS_WITH_AS(parse({"run", "-j", number}), doctest::Contains("must be 10000 or less"),
                         Error);
  }
  CHECK_THROWS_WITH_AS(parse({"run", "--max-attempts", "1000001"}),
                       doctest::Contains("must be 1000000 or less"), Error);
  CHECK_THROWS_WITH_AS(parse({"run", "-j", "0"}), doctest::Contains("1 or more"), Error);
  CHECK_THROWS_WITH_AS(parse({"run", "-j", "-99999999999999999999"}),
                       doctest::Contains("1 or more"), Error);
  CHECK_THROWS_WITH_AS(parse({"run", "-j", "1x"}), doctest::Contains("whole number"), Error);
}

TEST_CASE("--max-errors is a number or a share") {
  std::int64_t count = 0;
  double share = 0;
  CHECK(parse_max_errors("50", count, share).empty());
  CHECK(count == 50);
  CHECK(parse_max_errors("2.5%", count, share).empty());
  CHECK(count == 0);
  CHECK(share == doctest::Approx(0.025));
  for (const char* wrong : {"", "0", "-1", "%", "0%", "101%", "5 %", "x", "1e9%"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_max_errors(wrong, count, share).empty());
  }
}

TEST_CASE("delimiters are single characters, or tab") {
  CHECK(parse_delimiter(";") == ';');
  CHECK(parse_delimiter("tab") == '\t');
  CHECK(parse_delimiter("\\t") == '\t');
  CHECK_FALSE(parse_delimiter(""));
  CHECK_FALSE(parse_delimiter("\""));
  CHECK_FALSE(parse_delimiter(",,"));
  CHECK_FALSE(parse_delimiter("\xc3"));
}

TEST_CASE("columns are told by the first equals sign") {
  CHECK(parse_columns({"a=/x", "b=.c == 1", "auto", "whole="}) ==
        std::vector<ColumnSpec>{{"a", "/x"}, {"b", ".c == 1"}, {"whole", ""}});
  CHECK_THROWS_AS(parse_columns({"=x"}), Error);
  CHECK_THROWS_AS(parse_columns({"name"}), Error);
}

TEST_CASE("the export takes what flags say, else the source's columns, else all") {
  Source source;
  ExportFlags flags;
  flags.output = "x.JSONL";
  CHECK(make_export_options(flags, source).auto_columns);
  CHECK(make_export_options(flags, source).format == ExportFormat::json_lines);
  source.columns = {{"a", "/a"}};
  CHECK_FALSE(make_export_options(flags, source).auto_columns);
  CHECK(make_export_options(flags, source).columns == source.columns);
  flags.add = {"b=/b", "auto"};
  CHECK(make_export_options(flags, source).auto_columns);
  CHECK(make_export_options(flags, source).columns == std::vector<ColumnSpec>{{"b", "/b"}});
  flags.excel = true;
  CHECK_THROWS_AS(make_export_options(flags, source), Error);  // not for JSON lines
  flags.output = "x.csv";
  CHECK(make_export_options(flags, source).delimiter == ';');
  for (const char* workbook : {"x.xlsx", "dir/X.XLSX", "x.xls"}) {
    flags.output = workbook;
    CHECK_THROWS_WITH_AS(make_export_options(flags, source), doctest::Contains("--excel"), Error);
  }
}

TEST_CASE("a file's name that promises another format is refused with what to do") {
  const auto refusal_of = [](const char* output, std::optional<ExportFormat> format = {}) {
    ExportFlags flags;
    flags.output = output;
    flags.format = format;
    try {
      (void)make_export_options(flags, Source());
      return std::string();
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::usage);
      return std::string(error.what());
    }
  };
  CHECK(refusal_of("x.json").find(".jsonl") != std::string::npos);
  CHECK(refusal_of("X.JSON").find(".jsonl") != std::string::npos);
  CHECK(refusal_of("x.json", ExportFormat::json_lines).empty());
  for (const char* compressed : {"x.csv.gz", "x.jsonl.GZ", "x.zip", "x.zst", "x.bz2", "x.xz"}) {
    CAPTURE(compressed);
    CHECK(refusal_of(compressed).find("| gzip") != std::string::npos);
    CHECK_FALSE(refusal_of(compressed, ExportFormat::csv).empty());
  }
  for (const char* usual : {"x.csv", "x", "-", "x.ndjson", "json", "gz"}) {
    CAPTURE(usual);
    CHECK(refusal_of(usual).empty());
  }
}

TEST_CASE("--changed-since takes times and ages") {
  const WallTime now = from_ms(1'795'000'000'000);
  CHECK(parse_since("2h", now) == now - Millis(7'200'000));
  CHECK(parse_since("1970-01-02T00:00:01.250Z", now) == from_ms(86'401'250));
  CHECK(parse_since("1970-01-02T00:01Z", now) == from_ms(86'460'000));
  CHECK(parse_since("2026-11-22", now));
  for (const char* wrong : {"", "yesterday", "2026-11-22T14:05:10X", "2026-13-01", "1-2"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_since(wrong, now));
  }
}

TEST_CASE("only files that are as we left them are overwritten, unless forced") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("dogged-output-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "out.csv").string();
  CHECK_NOTHROW(check_output(path, false, std::nullopt));
  std::ofstream(path) << "a,b\n";
  CHECK_THROWS_WITH_AS(check_output(path, false, std::nullopt), doctest::Contains("--force"),
                       Error);
  CHECK_NOTHROW(check_output(path, true, std::nullopt));
  const std::string mark = file_mark(path);
  CHECK_NOTHROW(check_output(path, false, mark));
  // While another file takes its place, either is ours, and so it stays over several crashes.
  const std::string other = R"({"size":1,"sha256":"00"})";
  const std::string third = R"({"size":2,"sha256":"11"})";
  CHECK_NOTHROW(check_output(path, false, pending_marks(mark, other)));
  CHECK_NOTHROW(check_output(path, false, pending_marks(pending_marks(other, mark), third)));
  CHECK_NOTHROW(check_output(path, false, pending_marks(std::nullopt, mark)));
  CHECK(pending_marks(pending_marks(other, mark), mark) == pending_marks(other, mark));
  CHECK_THROWS_AS(check_output(path, false, pending_marks(other, third)), Error);
  std::ofstream(path, std::ios::app) << "mine\n";
  CHECK_THROWS_WITH_AS(check_output(path, false, mark), doctest::Contains("changed"), Error);
  CHECK_THROWS_AS(check_output(folder.string(), true, std::nullopt), Error);
  CHECK_THROWS_AS(check_output((folder / "none" / "x.csv").string(), true, std::nullopt), Error);
  CHECK_THROWS_AS(check_output("", true, std::nullopt), Error);
  CHECK_NOTHROW(check_output("-", false, std::nullopt));
  std::filesystem::remove_all(folder);
}

TEST_CASE("headers on limits are told from others") {
  for (const char* name : {"Retry-After", "RateLimit", "ratelimit-policy", "X-RateLimit-Reset",
                           "X-Rate-Limit-Remaining"}) {
    CHECK(is_limit_header(name));
  }
  CHECK_FALSE(is_limit_header("Content-Type"));
}

TEST_CASE("an answer is shown with status, outcome, limits and columns") {
  HttpResponse response;
  response.status = 200;
  response.headers = {{"Content-Type", "application/json"}, {"RateLimit-Remaining", "3"}};
  response.body = R"({"name":"A\u001b[31m"})";
  Verdict verdict;
  verdict.outcome = Outcome::done;
  const auto columns = ColumnSet::compile({{"n", "/name"}, {"none", "/x"}}, "");
  REQUIRE(columns.ok());
  std::string all;
  for (const auto& line : answer_lines(response, verdict, Millis(85), columns.value().get())) {
    all += line + "\n";
  }
  for (const char* part : {"status 200 in 85 ms", "application/json", "outcome: done",
                           "RateLimit-Remaining: 3", "none = (empty)", "n = A"}) {
    CAPTURE(part);
    CHECK(all.find(part) != std::string::npos);
  }
  CHECK(all.find('\x1b') == std::string::npos);
  JsonDocument json;
  REQUIRE(json.parse(
      asked_json({"1", "GET http://h/1", Millis(85)}, response, verdict, columns.value().get())));
  for (const auto& given :
       std::vector<std::pair<std::string, std::string>>{{"/key", "\"1\""},
                                                        {"/status", "200"},
                                                        {"/took_ms", "85"},
                                                        {"/outcome", "\"done\""},
                                                        {"/limits/RateLimit-Remaining", "\"3\""},
                                                        {"/columns/none", "null"}}) {
    const auto& pointer = given.first;  // clang 14 captures no structured binding
    const auto& value = given.second;
    CAPTURE(pointer);
    REQUIRE(json.find(pointer));
    CHECK(json.json(*json.find(pointer)) == value);
  }
  CHECK_FALSE(json.find("/body"));
  REQUIRE(json.parse(asked_json({}, response, verdict, nullptr)));
  CHECK(json.text(*json.find("/body")) == response.body);
  REQUIRE(json.parse(asked_json({}, HttpFailure{HttpFailure::Kind::connect, "refused"}, Verdict(),
                                columns.value().get())));
  CHECK(json.text(*json.find("/no_answer")) == "refused");

  const auto lost = answer_lines(HttpFailure{HttpFailure::Kind::connect, "refused"}, Verdict(),
                                 Millis(1), nullptr);
  CHECK(lost.at(0) == "no answer: refused");
}

TEST_CASE("a body is shown in its lines, and a port that speaks TLS is told of") {
  HttpResponse response;
  response.status = 400;
  response.body = "<h1>400</h1>\r\n<p>The plain HTTP request was sent to HTTPS port</p>\r\n";
  const auto lines = answer_lines(response, Verdict(), Millis(1), nullptr);
  REQUIRE(lines.size() == 5);
  CHECK(lines[2] == "body: <h1>400</h1>");
  CHECK(lines[3] == "<p>The plain HTTP request was sent to HTTPS port</p>");
  CHECK(lines[4].find("https://") != std::string::npos);
  response.body = std::string(399, 'a') + "\xC3\xA4 and more";
  CHECK(answer_lines(response, Verdict(), Millis(1), nullptr).back() ==
        "body: " + std::string(399, 'a') + "...");
}

TEST_CASE("an export says how many of its rows are answered, unless all are") {
  ExportReport report;
  report.rows = 300;
  report.bytes = 20'685;
  CHECK(export_line("a.csv", report) == "a.csv: 300 rows, none answered, 20.2 kB");
  report.answered = 12;
  CHECK(export_line("a.csv", report) == "a.csv: 300 rows, 12 of them answered, 20.2 kB");
  report.answered = 300;
  CHECK(export_line("-", report) == "stdout: 300 rows, 20.2 kB");
}

}  // namespace
}  // namespace dogged
