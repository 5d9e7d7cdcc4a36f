// SPDX-License-Identifier: MIT
#include "cli/import_step.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/disk_space.h"
#include "cli/json_object.h"
#include "cli/owned_file.h"
#include "cli/store_source.h"
#include "store/open_store.h"
#include "table/rejects_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace dogged {
namespace {

void tell_mended(const std::map<std::string, std::int64_t>& mended) {
  for (const auto& [kind, n] : mended) {
    log_info(fmt::format("mended: {} in {} (marked in the export's column 'mended')", kind,
                         n == 1 ? "1 row" : with_thousands(n) + " rows"));
  }
}

void tell_rejects(const ImportReport& report, const std::string& rejects_file) {
  for (const RejectedRow& row : report.first_rejects) {
    log_info(fmt::format("rejected: line {}: {}: {}", row.line, row.reason,
                         printable(row.text.empty() ? row.columns : row.text, 80)));
  }
  const auto shown = static_cast<std::int64_t>(report.first_rejects.size());
  const std::int64_t more = report.summary.rejected - shown;
  if (more > 0) {
    log_info(fmt::format("rejected: {} more", with_thousands(more)));
  }
  if (report.summary.rejected > 0 && !rejects_file.empty()) {
    log_info(fmt::format("rejected rows are in {}", rejects_file));
  }
}

void tell_duplicates(const ImportSummary& s, WallTime now) {
  if (s.same_import) {
    const std::string changed =
        s.asked_again == 0 ? "nothing was changed"
                           : fmt::format("{} of its IDs are asked again, because of --max-age",
                                         with_thousands(s.asked_again));
    log_info(fmt::format("this file is in the store already, as batch '{}': {}",
                         printable(s.batch_name, 80), changed));
    return;
  }
  if (s.duplicates_in_file > 0) {
    log_info(fmt::format("duplicates: {} in this file (asked once, exported in every row)",
                         with_thousands(s.duplicates_in_file)));
  }
  if (s.duplicates_done > 0) {
    const std::string when =
        s.answered_first && s.answered_last
            ? fmt::format(", between {} and {}", local_time(*s.answered_first, now),
                          local_time(*s.answered_last, now))
            : "";
    log_info(fmt::format("duplicates: {} answered before{}; --max-age asks again what is older",
                         with_thousands(s.duplicates_done), when));
  }
  if (s.asked_again > 0) {
    log_info(
        fmt::format("{} are asked again, because of --max-age", with_thousands(s.asked_again)));
  }
  if (s.removed_jobs > 0) {
    log_info(fmt::format("{} IDs that were only in the replaced batch are gone",
                         with_thousands(s.removed_jobs)));
  }
}

}  // namespace

std::optional<char> parse_delimiter(std::string_view text) {
  if (text == "tab" || text == "\\t") {
    return '\t';
  }
  const bool one = text.size() == 1 && text != "\"" && text != "\n" && text != "\r" &&
                   static_cast<unsigned char>(text[0]) < 0x80;
  return one ? std::optional<char>(text[0]) : std::nullopt;
}

void add_input_options(CommandOptions& add, ImportFlags& flags) {
  add.group("The input file");
  add.parsed("--delimiter",
             [&flags](std::string_view text) {
               flags.delimiter = parse_delimiter(text);
               return flags.delimiter ? std::string() : "must be one character, or tab";
             },
             {"CHAR", "Between cells: , ; | or tab (a first line sep=CHAR, else found out)"});
  add.parsed("--encoding",
             [&flags](std::string_view text) {
               flags.encoding = encoding_from(text);
               return flags.encoding ? std::string()
                                     : "must be utf-8, utf-16le, utf-16be or windows-1252";
             },
             {"NAME", "utf-8, utf-16le, utf-16be or windows-1252 (found out)"});
  add.flag("--no-header", flags.no_header, "The first line is data (found out)");
}

void add_import_options(CommandOptions& add, ImportFlags& flags) {
  add_input_options(add, flags);
  add.text("--batch", flags.batch, {"NAME", "What to call this import (the file's name)"});
  add.text("--replace", flags.replace,
           {"NAME", "This list takes the place of batch NAME; IDs that only it had are removed"});
  add.duration("--max-age", flags.max_age,
               {"DURATION", "Ask again what was answered longer ago than that: 30d (never)"});
  add.text("--rejects", flags.rejects_file,
           {"FILE", "Write rejected rows there, with line and reason (fetch: OUT.rejects.csv)"});
}

InputOptions make_input_options(const ImportFlags& flags, const Source& source) {
  InputOptions input;
  input.file = flags.file;
  input.delimiter = flags.delimiter;
  input.encoding = flags.encoding;
  input.has_header = flags.no_header ? std::optional(false) : std::nullopt;
  input.id = source.id;
  return input;
}

ImportOptions make_import_options(const ImportFlags& flags, const Source& source) {
  ImportOptions options;
  options.input = make_input_options(flags, source);
  options.batch = flags.batch;
  options.replace = flags.replace;
  options.max_age = flags.max_age;
  options.url_names = template_names(source);
  options.rejects_file = flags.rejects_file;
  return options;
}

void check_input(const ImportOptions& options) {
  std::error_code error;
  if (std::filesystem::is_regular_file(options.input.file, error)) {
    // Both throw where it will not do.
    const std::unique_ptr<InputFile> file = InputFile::open(options.input);
    (void)url_columns(options.url_names, file->shape(),
                      printable(std::filesystem::path(options.input.file).filename().string()));
  }
}

void own_rejects(ImportOptions& options, bool force, const CommonOptions& common) {
  const std::string& file = options.rejects_file;
  if (file.empty()) {
    return;
  }
  check_output(file, force, stored_marks(common, file), "--rejects");
  options.place_rejects = [&common, file](AtomicFile& written) {
    commit_owned(written, common, file);
  };
}

ImportReport import_and_tell(const ImportOptions& options, JobStore& store,
                             const CommandContext& context) {
  warn_of_disk(context.common.db, options.input.file);
  std::optional<InputShape> shape;
  ImportReport report = import_file(
      options, store, context.clock.wall(), [&shape, &options](const InputShape& understood) {
        shape = understood;
        log_info(fmt::format("{}: {}", options.input.file, understood.describe()));
      });
  if (shape && shape->kind == InputKind::csv) {
    const std::string key = delimiter_setting(report.summary.batch_name);
    const std::string delimiter(1, shape->delimiter);
    if (store.setting(key) != delimiter) {
      store.put_setting(key, delimiter);
    }
  }
  if (report.summary.rows == 0) {
    log_warning(fmt::format("{} holds no IDs: is it the right file?", options.input.file));
  }
  warn_of_replaced(report.replaced_characters);
  if (report.summary.conflicting > 0) {
    // These were found in the store; the file that the reading wrote does not have them.
    const std::unique_ptr<StoreReader> reader = open_reader(context.common.db);
    report.first_rejects = write_rejects(*reader, report.summary.batch_name, options.rejects_file,
                                         kRejectsShown, options.place_rejects);
  }
  tell_left_out(report.empty_rows_at_end);
  tell_mended(report.mended);
  tell_rejects(report, options.rejects_file);
  tell_duplicates(report.summary, context.clock.wall());
  return report;
}

void warn_of_replaced(std::size_t characters) {
  if (characters > 0) {
    log_warning(fmt::format(
        "{} characters mean nothing in this encoding and were replaced; is --encoding right?",
        with_thousands(static_cast<std::int64_t>(characters))));
  }
}

void tell_left_out(std::int64_t empty_rows) {
  if (empty_rows > 0) {
    log_info(fmt::format("{} empty {} at the end of the file left out: nothing but delimiters",
                         with_thousands(empty_rows), empty_rows == 1 ? "row" : "rows"));
  }
}

std::string import_json(const std::string& file, const ImportReport& report) {
  const ImportSummary& s = report.summary;
  JsonObject mended;
  for (const auto& [kind, n] : report.mended) {
    mended.number(kind, n);
  }
  JsonObject json;
  json.text("file", file).text("batch", s.batch_name).truth("same_import", s.same_import);
  json.number("rows", s.rows).number("new", s.added).number("duplicate", s.duplicates);
  json.number("rejected", s.rejected).number("duplicates_in_file", s.duplicates_in_file);
  json.number("duplicates_answered", s.duplicates_done).number("conflicting", s.conflicting);
  json.number("asked_again", s.asked_again).number("removed_jobs", s.removed_jobs);
  json.number("empty_rows_left_out", report.empty_rows_at_end);
  return json.raw("mended", mended.str()).str();
}

std::string delimiter_setting(const std::string& batch) {
  return "delimiter:" + batch;
}

}  // namespace dogged
