// SPDX-License-Identifier: MIT
#include "table/importer.h"

#include "base/error.h"
#include "base/json_document.h"
#include "base/text.h"
#include "job/job_values.h"
#include "job/url_template.h"
#include "table/input_columns.h"
#include "table/input_text.h"
#include "table/rejects_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace dogged {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> key_parts(const InputShape& shape) {
  const auto key = TextTemplate::parse(shape.key_template);
  return key.ok() ? key.value().names() : std::vector<std::string>();
}

// All that decides which rows and keys a file gives, in one text that never changes its form: it is
// stored, and tells whether an import was made before.
std::string id_options(const IdSpec& id, const InputShape& shape,
                       const std::vector<std::string>& url_columns) {
  std::string text = "{";
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += text.size() > 1 ? "," : "";
    append_json_string(text, name);
    text += ':';
    append_json_string(text, value);
  };
  add("column", shape.id_column);
  add("key", shape.key_template);
  add("rule", id.rule);
  add("pattern", id.pattern);
  add("rewrite", id.rewrite);
  add("format",
      shape.kind == InputKind::json_lines ? "json lines" : std::string(1, shape.delimiter));
  add("encoding", word(shape.encoding));
  add("header", shape.has_header ? "yes" : "no");
  text += ",\"url\":[";
  for (const std::string& name : url_columns) {
    text += text.ends_with('[') ? "" : ",";
    append_json_string(text, name);
  }
  return text + "]}";
}

std::string batch_name(const ImportOptions& options) {
  if (!options.batch.empty()) {
    return options.batch;
  }
  return options.input.file == "-" ? "stdin"
                                   : std::filesystem::path(options.input.file).filename().string();
}

// One file on its way into a session.
class Import {
 public:
  Import(const ImportOptions& options, InputFile& file, std::vector<std::string> url_columns)
      : file_(file),
        url_columns_(std::move(url_columns)),
        rejects_(options.rejects_file, options.place_rejects) {}

  void read_into(ImportSession& session) {
    InputRow row;
    while (file_.next(row)) {
      ++rows_;
      if (row.fault.empty()) {
        add(row, session);
      } else {
        reject(row, session);
      }
    }
    report_.replaced_characters = file_.replaced_characters();
    report_.empty_rows_at_end = file_.empty_rows_at_end();
  }

  // Empty rows say nothing of whether it is the right column.
  bool mostly_rejected() const { return (rejected_ - empty_) * 2 > rows_ - empty_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t rejected() const { return rejected_; }
  ImportReport& report() { return report_; }
  void place_rejects() { rejects_.commit(); }

 private:
  void add(InputRow& row, ImportSession& session) {
    import_row_.row = row.row;
    import_row_.line = row.line;
    import_row_.columns = file_.columns_json(row);
    import_row_.key.swap(row.key);
    import_row_.mended.swap(row.mended);
    import_row_.url_values.clear();
    if (!url_columns_.empty()) {
      import_row_.url_values = url_values(import_row_);
    }
    if (!import_row_.mended.empty()) {
      ++report_.mended[import_row_.mended];
    }
    session.add(import_row_);
  }

  void reject(const InputRow& row, ImportSession& session) {
    RejectedRow rejected;
    rejected.row = row.row;
    rejected.line = row.line;
    if (!row.cells.empty()) {
      rejected.columns = file_.columns_json(row);
    }
    rejected.text = row.text;
    rejected.reason = row.fault;
    ++rejected_;
    empty_ += row.fault == kEmptyRow ? 1 : 0;
    rejects_.add(rejected);
    session.reject(rejected);
    if (report_.first_rejects.size() < kRejectsShown) {
      report_.first_rejects.push_back(std::move(rejected));
    }
  }

  // As the request will have them, so that what would ask for another address differs here too.
  std::string url_values(const ImportRow& row) const {
    const JobValues values{row.key, row.columns, file_.shape().id_column};
    std::string json = "[";
    for (const std::string& name : url_columns_) {
      json += json.size() > 1 ? "," : "";
      append_json_string(json, job_value(values, name).value_or(""));
    }
    return json + "]";
  }

  InputFile& file_;
  const std::vector<std::string> url_columns_;
  RejectsFile rejects_;
  ImportRow import_row_;
  ImportReport report_;
  std::int64_t rows_ = 0;
  std::int64_t rejected_ = 0;
  std::int64_t empty_ = 0;  // of these
};

std::string refusal(const std::string& file, const ImportOptions& options, Import& import) {
  std::string text = "nothing was imported: " + std::to_string(import.rejected()) + " of the " +
                     std::to_string(import.rows()) + " rows of " + file +
                     " are no IDs. The first of them:";
  for (const RejectedRow& row : import.report().first_rejects) {
    text += "\n  line " + std::to_string(row.line) + ": " + printable(row.reason) + ": " +
            printable(row.text, 80);
  }
  text += "\nIs it the right column (--id), ID rule and delimiter?";
  if (!options.rejects_file.empty()) {
    text += " All of them are in " + printable(options.rejects_file) + ".";
  }
  return text;
}

}  // namespace

std::vector<std::string> url_columns(const std::vector<std::string>& url_names,
                                     const InputShape& shape, const std::string& file) {
  std::vector<std::string> columns;
  if (shape.header.empty()) {
    return columns;
  }
  const std::vector<std::string> names = unique_names(shape.header);
  for (const std::string& name : url_names) {
    if (name == "key" || (!shape.id_column.empty() && name == shape.id_column)) {
      continue;
    }
    if (!contains(names, name)) {
      if (name == "id") {
        continue;  // the key
      }
      throw Error(Fault::usage, "the URL needs {" + printable(name) + "}, but " +
                                    no_such_column(names, name, file));
    }
    if (name == "id" && !contains(key_parts(shape), "id")) {
      throw Error(
          Fault::usage,
          "{id} in the URL could be the key or the column 'id' of " + file +
              ", which is no part of the key" +
              (shape.id_column.empty() ? "" : " ('" + printable(shape.id_column) + "' is)") +
              "; write {key} for the key, or say --id id");
    }
    columns.push_back(name);
  }
  return columns;
}

ImportReport import_file(const ImportOptions& options, JobStore& store, WallTime now,
                         const std::function<void(const InputShape&)>& understood) {
  const std::string name = shown_name(options.input.file);
  const std::unique_ptr<InputFile> file = InputFile::open(options.input);
  const InputShape& shape = file->shape();
  if (understood) {
    understood(shape);
  }
  BatchSpec spec;
  spec.name = batch_name(options);
  spec.file = options.input.file;
  spec.header = shape.header;
  spec.id_column = shape.id_column;
  spec.url_columns = url_columns(options.url_names, shape, name);
  spec.id_options = id_options(options.input.id, shape, spec.url_columns);
  spec.replace = options.replace;
  spec.max_age = options.max_age;
  spec.now = now;
  const std::unique_ptr<ImportSession> session = store.begin_import(spec);
  Import import(options, *file, spec.url_columns);
  import.read_into(*session);
  if (import.mostly_rejected()) {
    import.place_rejects();
    throw ImportRefused(Fault::usage, refusal(name, options, import));
  }
  ImportReport report = std::move(import.report());
  report.summary = session->commit(file->sha256());
  if (report.summary.conflicting == 0) {
    import.place_rejects();
  }
  return report;
}

std::string import_line(const std::string& file, const ImportSummary& summary) {
  return file + ": " + std::to_string(summary.rows) + " rows = " + std::to_string(summary.added) +
         " new + " + std::to_string(summary.duplicates) + " duplicate + " +
         std::to_string(summary.rejected) + " rejected";
}

}  // namespace dogged
