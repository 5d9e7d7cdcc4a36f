// SPDX-License-Identifier: MIT
#include "cli/export_step.h"

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/json_document.h"
#include "base/log.h"
#include "base/system_error.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/import_step.h"
#include "cli/json_object.h"
#include "cli/owned_file.h"
#include "cli/signals.h"
#include "cli/source_options.h"
#include "cli/stop_at_once.h"
#include "table/column_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

namespace dogged {
namespace {

namespace fs = std::filesystem;

// "done,failed"; "all" is no restriction.
std::string parse_states(std::string_view text, std::vector<JobState>& states) {
  states.clear();
  if (text == "all") {
    return "";
  }
  while (true) {
    const std::size_t comma = text.find(',');
    const std::optional<JobState> state = job_state_from(trimmed(text.substr(0, comma)));
    if (!state) {
      return "must be all, or some of done, not_found, failed, ready, leased with commas between";
    }
    states.push_back(*state);
    if (comma == std::string_view::npos) {
      return "";
    }
    text.remove_prefix(comma + 1);
  }
}

bool has_suffix(const std::string& path, std::string_view suffix) {
  return path.size() >= suffix.size() &&
         lower_case(path.substr(path.size() - suffix.size())) == suffix;
}

ExportFormat format_of(const ExportFlags& flags) {
  if (has_suffix(flags.output, ".xlsx") || has_suffix(flags.output, ".xls")) {
    throw Error(Fault::usage,
                fmt::format("{}: workbooks are not written; a file.csv with --excel opens in Excel "
                            "by a double click",
                            printable(flags.output)));
  }
  for (const std::string_view suffix : {".gz", ".bz2", ".xz", ".zst", ".zip"}) {
    if (has_suffix(flags.output, suffix)) {
      throw Error(
          Fault::usage,
          fmt::format("{}: nothing is written compressed; write to another name and compress "
                      "that, or pipe: dogged export -o - | gzip > FILE.gz",
                      printable(flags.output)));
    }
  }
  if (flags.format) {
    return *flags.format;
  }
  if (has_suffix(flags.output, ".json")) {
    throw Error(
        Fault::usage,
        fmt::format("{}: one JSON document is not written, but JSON lines are, one object a "
                    "row: name it .jsonl (`jq -s .` makes one array of them), or say "
                    "--format",
                    printable(flags.output)));
  }
  const bool lines = has_suffix(flags.output, ".jsonl") || has_suffix(flags.output, ".ndjson");
  return lines ? ExportFormat::json_lines : ExportFormat::csv;
}

using Sink = std::function<void(std::string_view)>;

// To be called before anything else may change errno.
void require_written(bool written, const std::string& output) {
  const int error = errno;
  if (!written && error == EPIPE) {
    throw OutputClosed();
  }
  if (!written) {
    throw Error(fault_of(error),
                fmt::format("cannot write {}: {}", printable(output), reason_and_remedy(error)));
  }
}

// Rows on their way out, which signals stop.
class Writing {
 public:
  Writing(std::vector<StoreReader*> readers, const ExportOptions& options)
      : readers_(std::move(readers)), options_(options) {
    options_.before_row = [this] { check(); };
  }

  ExportReport to_output(Output& out) {
    const StopAtOnce at_once(stop_, {});
    ExportReport report = to([&out](std::string_view bytes) { out.write(bytes); });
    out.flush();
    return report;
  }

  // A pipe or a device is written to as it is: there is nothing to replace.
  ExportReport to_special(const std::string& output) {
    std::FILE* file = std::fopen(output.c_str(), "w");
    if (file == nullptr) {
      const int error = errno;
      throw Error(Fault::usage,
                  fmt::format("cannot open {}: {}", printable(output), reason_and_remedy(error)));
    }
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> closer(file, &std::fclose);
    const StopAtOnce at_once(stop_, {});
    ExportReport report = to([&](std::string_view bytes) {
      require_written(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(), output);
    });
    require_written(std::fflush(file) == 0, output);
    return report;
  }

  ExportReport to_file(const fs::path& path, const CommonOptions& common) {
    AtomicFile file(path);
    ExportOptions options = options_;
    options.start_over = [&file] { file.start_over(); };
    const StopAtOnce at_once(stop_, file.temporary());
    ExportReport report = to([&file](std::string_view bytes) { file.write(bytes); }, options);
    commit_owned(file, common, path);
    return report;
  }

 private:
  void check() const {
    if (stop_.draining()) {
      throw Stopped(signals_.terminated() ? ExitStatus::later : ExitStatus::interrupted,
                    "stopped; nothing was exported");
    }
  }

  ExportReport to(const Sink& write) { return to(write, options_); }

  ExportReport to(const Sink& write, const ExportOptions& options) {
    return export_rows(readers_, options, [&](std::string_view bytes) {
      check();
      write(bytes);
    });
  }

  const std::vector<StoreReader*> readers_;
  ExportOptions options_;
  StopSignal stop_;
  SignalGuard signals_{stop_};
};

ExportReport write_to(Writing& rows, const std::string& output, const CommandContext& context) {
  if (output == "-") {
    return rows.to_output(context.out);
  }
  const fs::path path = real_path(output);
  if (fs::exists(path) && !fs::is_regular_file(path)) {
    return rows.to_special(output);
  }
  return rows.to_file(path, context.common);
}

}  // namespace

std::optional<WallTime> parse_since(std::string_view text, WallTime now) {
  if (const Result<Millis> age = parse_duration(text); age && text.find('-') == text.npos) {
    return now - age.value();
  }
  std::tm parts = {};
  const std::string copy(text);
  const char* rest = nullptr;
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    parts = {};
    rest = strptime(copy.c_str(), format, &parts);
    if (rest != nullptr) {
      break;
    }
  }
  if (rest == nullptr) {
    return std::nullopt;
  }
  Millis fraction{0};
  if (*rest == '.') {
    std::int64_t scale = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) {
      fraction += Millis((*rest - '0') * scale);
    }
  }
  const bool utc = *rest == 'Z' && rest[1] == '\0';
  if (!utc && *rest != '\0') {
    return std::nullopt;
  }
  parts.tm_isdst = -1;
  const std::time_t seconds = utc ? timegm(&parts) : mktime(&parts);
  return from_ms(static_cast<std::int64_t>(seconds) * 1000) + fraction;
}

void add_export_options(CommandOptions& add, ExportFlags& flags) {
  add.group("The export");
  add.text("-o,--output", flags.output, {"FILE|-", "Where the rows go; - is stdout"});
  add.parsed("--format",
             [&flags](std::string_view text) {
               if (text != "csv" && text != "jsonl") {
                 return std::string(text == "json" || text == "ndjson"
                                        ? "must be csv or jsonl; did you mean jsonl?"
                                        : "must be csv or jsonl");
               }
               flags.format = text == "csv" ? ExportFormat::csv : ExportFormat::json_lines;
               return std::string();
             },
             {"csv|jsonl", "CSV, or JSON lines (by the file's name: .jsonl, .ndjson; else csv)"});
  add.texts(
      "--add", flags.add,
      {"NAME=EXPR",
       "A column from the answer, again and again: a JSON pointer (/a/0/b) or a "
       "jq filter (.a[0].b; numbers beyond 2^53 are text to it); 'auto' for all (the source's "
       "columns, else auto)"});
  add.parsed(
      "--rows", [&flags](std::string_view text) { return parse_states(text, flags.states); },
      {"STATES", "all, or some of done,not_found,failed,ready,leased (all, rejected rows too)"});
  add.parsed("--changed-since",
             [&flags](std::string_view text) {
               flags.changed_since = parse_since(text, SystemClock().wall());
               return flags.changed_since
                          ? std::string()
                          : "must be a time like 2026-11-22T14:05:10Z, or an age like 2h";
             },
             {"TIME|AGE", "Only rows whose answer changed since then (all)"});
  add.flag("--excel", flags.excel,
           "For a double click: BOM, CRLF, the input's delimiter; formulas, leading zeros and what "
           "looks like a date (1-12, MAR1) safe");
  add.flag("--force", flags.force, "Overwrite FILE");
}

std::vector<ColumnSpec> parse_columns(const std::vector<std::string>& add) {
  std::vector<ColumnSpec> columns;
  for (const std::string& text : add) {
    if (text == "auto") {
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(
          Fault::usage,
          fmt::format("--add '{}': wants NAME=EXPR, for example --add name=/name, or 'auto'",
                      printable(text, 80)));
    }
    columns.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return columns;
}

ExportOptions make_export_options(const ExportFlags& flags, const Source& source) {
  ExportOptions options;
  options.format = format_of(flags);
  options.selection.states = flags.states;
  options.selection.changed_since = flags.changed_since;
  options.columns = flags.add.empty() ? source.columns : parse_columns(flags.add);
  options.auto_columns = flags.add.empty()
                             ? source.columns.empty()
                             : std::count(flags.add.begin(), flags.add.end(), "auto") > 0;
  options.lang = lang_value(source);
  options.excel = flags.excel;
  options.delimiter = flags.excel ? ';' : ',';
  if (flags.excel && options.format == ExportFormat::json_lines) {
    throw Error(Fault::usage, "--excel is for CSV, not for JSON lines");
  }
  if (const auto columns = ColumnSet::compile(options.columns, options.lang); !columns) {
    throw Error(Fault::usage, "--add: " + columns.error());
  }
  return options;
}

std::optional<BatchInfo> choose_batch(StoreReader& reader, const std::string& name) {
  const std::vector<BatchInfo> batches = reader.batches();
  if (name == "all") {
    return std::nullopt;
  }
  if (batches.empty()) {
    throw Error(Fault::usage, "the store holds no batch yet: import a list first");
  }
  if (name.empty()) {
    if (batches.size() > 1) {
      log_warning(
          fmt::format("the store holds {} batches; this is the last, '{}'. --batch NAME "
                      "takes another, --batch all takes all",
                      batches.size(), printable(batches.back().name, 80)));
    }
    return batches.back();
  }
  std::vector<std::string> names;
  for (const BatchInfo& batch : batches) {
    if (batch.name == name) {
      return batch;
    }
    names.push_back(batch.name);
  }
  const std::string near = nearest(name, names);
  throw Error(Fault::usage,
              fmt::format("--batch '{}': there is no such batch{}", printable(name, 80),
                          near.empty() ? "; `dogged status` lists them"
                                       : fmt::format("; did you mean '{}'?", printable(near, 80))));
}

std::vector<std::unique_ptr<StoreReader>> parallel_readers(StoreReader& reader) {
  constexpr std::int64_t kWorthAThread = 20'000;  // rows, some 100 ms
  constexpr std::size_t kMaxReaders = 4;          // each has a cache and filters of its own
  std::int64_t rows = 0;
  for (const BatchInfo& batch : reader.batches()) {
    rows += batch.rows;
  }
  const std::size_t processors = std::thread::hardware_concurrency();  // 0: not known
  const std::size_t readers =
      std::min({kMaxReaders, processors, static_cast<std::size_t>(rows / kWorthAThread)});
  return readers > 1 ? reader.share(readers - 1) : std::vector<std::unique_ptr<StoreReader>>();
}

ExportReport export_and_tell(StoreReader& reader,
                             const std::vector<std::unique_ptr<StoreReader>>& others,
                             const ExportOptions& options, const std::string& output,
                             const CommandContext& context) {
  std::vector<StoreReader*> readers{&reader};
  for (const auto& other : others) {
    readers.push_back(other.get());
  }
  Writing rows(std::move(readers), options);
  ExportReport report = write_to(rows, output, context);
  for (const std::string& note : report.notes) {
    log_info(note);
  }
  for (const std::string& warning : report.warnings) {
    log_warning(warning);
  }
  log_info(export_line(output, report));
  return report;
}

std::string export_line(const std::string& output, const ExportReport& report) {
  std::string rows = with_thousands(report.rows) + (report.rows == 1 ? " row" : " rows");
  if (report.answered < report.rows) {
    rows += report.answered == 0
                ? ", none answered"
                : fmt::format(", {} of them answered", with_thousands(report.answered));
  }
  return fmt::format("{}: {}, {}", output == "-" ? "stdout" : printable(output), rows,
                     format_size(report.bytes));
}

std::string export_json(const std::string& output, const ExportReport& report) {
  std::string warnings = "[";
  for (const std::string& warning : report.warnings) {
    warnings += (warnings.size() > 1 ? "," : "") + json_string(warning);
  }
  return JsonObject()
      .text("file", output)
      .number("rows", report.rows)
      .number("answered", report.answered)
      .number("bytes", report.bytes)
      .raw("warnings", warnings + "]")
      .str();
}

}  // namespace dogged
