// SPDX-License-Identifier: MIT
#include "table/exporter.h"

#include "base/text.h"
#include "table/export_columns.h"
#include "table/export_layout.h"
#include "table/export_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dogged {
namespace {

// Handed to the sink at a time; larger pieces gain nothing.
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

// Rows that a sheet of Excel holds, the header among them.
constexpr std::int64_t kExcelRows = 1'048'576;

using Kind = ExportCell::Kind;

ExportCell text_or_absent(std::string_view text) {
  return text.empty() ? ExportCell{} : ExportCell{Kind::text, text};
}

// The columns that every export has.
class FixedCells {
 public:
  void fill(const ExportRow& row, const ExportLayout& layout, std::vector<ExportCell>& cells) {
    const auto at = [&](FixedColumn column) -> ExportCell& { return cells[layout.fixed(column)]; };
    if (!row.key.empty()) {
      at(FixedColumn::key) = {Kind::text, row.key};
    }
    at(FixedColumn::state) = {Kind::text, row.state ? word(*row.state) : "rejected"};
    if (row.http_status != 0) {
      const auto end =
          std::to_chars(status_.data(), status_.data() + status_.size(), row.http_status).ptr;
      at(FixedColumn::http_status) = {
          Kind::number, {status_.data(), static_cast<std::size_t>(end - status_.data())}};
    }
    if (row.fetched_at) {
      fetched_at_ = iso_time(*row.fetched_at);
      at(FixedColumn::fetched_at) = {Kind::text, fetched_at_};
    }
    at(FixedColumn::error) = text_or_absent(row.error);
    at(FixedColumn::mended) = text_or_absent(row.mended);
  }

 private:
  std::array<char, 16> status_{};
  std::string fetched_at_;
};

std::vector<BatchInfo> selected_batches(StoreReader& reader, const ExportSelection& selection) {
  std::vector<BatchInfo> batches = reader.batches();
  std::erase_if(batches, [&](const BatchInfo& batch) {
    return selection.batch && batch.id != *selection.batch;
  });
  return batches;
}

// The names of a row's own columns, for a batch whose header is not known.
void add_input_names(const ExportRow& row, JsonDocument& document, ExportLayout& layout) {
  if (row.columns.empty() || !document.parse(row.columns).ok() ||
      document.node(0).type != JsonDocument::Type::object) {
    return;
  }
  for (JsonDocument::Index name = 1; name < document.node(0).end;
       name = document.node(name + 1).end) {
    layout.add_input(document.text(name));
  }
}

void before_row(const ExportOptions& options) {
  if (options.before_row) {
    options.before_row();
  }
}

// Looks through all rows once, where the columns cannot be known without: those of `--add auto`,
// and the input's where a batch has no header.
void look_ahead(StoreReader& reader, const ExportOptions& options,
                const std::vector<BatchInfo>& batches, ExportLayout& layout, AddedCells& added) {
  const bool names_missing = std::any_of(batches.begin(), batches.end(),
                                         [](const BatchInfo& b) { return b.header.empty(); });
  if (!names_missing && !options.auto_columns) {
    return;
  }
  ExportSelection rows = options.selection;
  rows.with_bodies = options.auto_columns;
  JsonDocument document;
  reader.each_export_row(rows, [&](const ExportRow& row) {
    before_row(options);
    added.observe(row);
    if (names_missing) {
      add_input_names(row, document, layout);
    }
    return true;
  });
}

void warn_of_excel(const ExportOptions& options, ExportReport& report) {
  if (options.excel && report.rows >= kExcelRows) {
    report.warnings.push_back(fmt::format("{} rows are more than a sheet of Excel holds ({})",
                                          with_thousands(report.rows), with_thousands(kExcelRows)));
  }
}

}  // namespace

ExportReport export_rows(StoreReader& reader, const ExportOptions& options,
                         const std::function<void(std::string_view)>& sink) {
  AddedCells added(options);
  const std::vector<BatchInfo> batches = selected_batches(reader, options.selection);
  ExportLayout layout(batches);
  look_ahead(reader, options, batches, layout, added);
  const std::vector<std::string> added_names = added.names();
  layout.complete(added_names);

  ExportReport report;
  std::string out;
  const auto flush = [&] {
    report.bytes += static_cast<std::int64_t>(out.size());
    sink(out);
    out.clear();
  };
  const auto writer = ExportWriter::create(options);
  writer->begin(layout.names(), out);

  InputCells inputs(layout);
  FixedCells fixed;
  std::vector<ExportCell> cells;
  ExportSelection selection = options.selection;
  selection.with_bodies = !added_names.empty();
  reader.each_export_row(selection, [&](const ExportRow& row) {
    before_row(options);
    cells.assign(layout.names().size(), {});
    inputs.fill(row, cells);
    fixed.fill(row, layout, cells);
    added.fill(row, layout.added(), cells);
    writer->write(cells, out);
    ++report.rows;
    if (out.size() >= kPieceBytes) {
      flush();
    }
    return true;
  });
  flush();

  added.warn(report.warnings);
  if (inputs.stray_rows() > 0) {
    report.warnings.push_back(fmt::format(
        "{} rows have input columns that their file's header does not name, such as '{}'; they are "
        "left out",
        with_thousands(inputs.stray_rows()), inputs.stray_name()));
  }
  warn_of_excel(options, report);
  return report;
}

}  // namespace dogged
