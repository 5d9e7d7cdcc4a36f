// SPDX-License-Identifier: MIT
#include "table/exporter.h"

#include "base/text.h"
#include "table/export_layout.h"
#include "table/export_worker.h"
#include "table/range_crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace dogged {
namespace {

// What a thread takes at a time where there are several: some milliseconds of work.
constexpr std::int64_t kRangeRows = 2'000;

// Rows that a sheet of Excel holds, the header among them.
constexpr std::int64_t kExcelRows = 1'048'576;

using Sink = std::function<void(std::string_view)>;

std::vector<BatchInfo> selected_batches(StoreReader& reader, const ExportSelection& selection) {
  std::vector<BatchInfo> batches = reader.batches();
  std::erase_if(batches, [&](const BatchInfo& batch) {
    return selection.batch && batch.id != *selection.batch;
  });
  return batches;
}

// One export, by one or several workers.
class Export {
 public:
  Export(const std::vector<StoreReader*>& readers, const ExportOptions& options, const Sink& sink)
      : options_(options),
        sink_(sink),
        batches_(selected_batches(*readers.front(), options.selection)),
        layout_(batches_) {
    for (StoreReader* reader : readers) {
      workers_.push_back(std::make_unique<ExportWorker>(*reader, options, layout_));
    }
    split();
  }

  ExportReport run() {
    look_ahead();
    const std::vector<std::string> added = workers_.front()->added().names();
    layout_.complete(added);
    write(!added.empty());
    return report();
  }

 private:
  // Several workers share the batches by ranges of rows. The last range of a batch has no end, so
  // that none is missed however they are numbered.
  void split() {
    if (workers_.size() == 1) {
      ranges_.push_back(options_.selection);
      return;
    }
    for (const BatchInfo& batch : batches_) {
      ExportSelection range = options_.selection;
      range.batch = batch.id;
      for (std::int64_t row = 1; row <= batch.rows; row += kRangeRows) {
        range.first_row = row;
        range.end_row = row + kRangeRows <= batch.rows ? row + kRangeRows : 0;
        ranges_.push_back(range);
      }
    }
  }

  void in_order(const std::function<void(ExportWorker&, std::size_t, RangeOutput&)>& work) {
    work_in_order(
        workers_.size(), ranges_.size(),
        [&](std::size_t worker, std::size_t range, RangeOutput& output) {
          work(*workers_[worker], range, output);
        },
        [this](std::string_view bytes) { put(bytes); },
        [this] {
          if (options_.before_row) {
            options_.before_row();
          }
        });
  }

  void put(std::string_view bytes) {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    sink_(bytes);
  }

  // Looks through all rows once, where the columns cannot be known without: those of `--add auto`,
  // and the input's where a batch has no header.
  void look_ahead() {
    const bool names_missing = std::any_of(batches_.begin(), batches_.end(),
                                           [](const BatchInfo& b) { return b.header.empty(); });
    if (!names_missing && !options_.auto_columns) {
      return;
    }
    in_order([&](ExportWorker& worker, std::size_t range, RangeOutput& output) {
      ExportSelection rows = ranges_[range];
      rows.with_bodies = options_.auto_columns;
      worker.look_ahead(rows, range, names_missing, output);
    });
    std::vector<const AddedCells*> added;
    std::vector<RangeName> names;
    for (const auto& worker : workers_) {
      added.push_back(&worker->added());
      const auto& unknown = worker->unknown_inputs();
      names.insert(names.end(), unknown.begin(), unknown.end());
    }
    std::stable_sort(names.begin(), names.end(),
                     [](const RangeName& a, const RangeName& b) { return a.range < b.range; });
    for (const RangeName& found : names) {
      layout_.add_input(found.name);
    }
    if (const auto columns = AddedCells::merged(added)) {
      for (const auto& worker : workers_) {
        worker->added().adopt(*columns);
      }
    }
  }

  void write(bool with_bodies) {
    std::string header;
    for (const auto& worker : workers_) {
      header = worker->begin();
    }
    put(header);
    in_order([&](ExportWorker& worker, std::size_t range, RangeOutput& output) {
      ExportSelection rows = ranges_[range];
      rows.with_bodies = with_bodies;
      worker.write(rows, range, output);
    });
  }

  ExportReport report() {
    ExportReport report;
    report.bytes = bytes_;
    ExportWorker& all = *workers_.front();
    report.rows = all.rows();
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      report.rows += workers_[i]->rows();
      all.added().absorb(workers_[i]->added());
      all.inputs().absorb(workers_[i]->inputs());
    }
    all.added().warn(report.warnings);
    warn_of_strays(all.inputs(), report);
    warn_of_excel(report);
    return report;
  }

  static void warn_of_strays(const InputCells& inputs, ExportReport& report) {
    if (inputs.stray_rows() > 0) {
      report.warnings.push_back(fmt::format(
          "{} rows have input columns that their file's header does not name, such as '{}'; they "
          "are left out",
          with_thousands(inputs.stray_rows()), inputs.stray_name()));
    }
  }

  void warn_of_excel(ExportReport& report) const {
    if (options_.excel && report.rows >= kExcelRows) {
      report.warnings.push_back(fmt::format("{} rows are more than a sheet of Excel holds ({})",
                                            with_thousands(report.rows),
                                            with_thousands(kExcelRows)));
    }
  }

  const ExportOptions& options_;
  const Sink& sink_;
  const std::vector<BatchInfo> batches_;
  ExportLayout layout_;
  std::vector<std::unique_ptr<ExportWorker>> workers_;
  std::vector<ExportSelection> ranges_;
  std::int64_t bytes_ = 0;
};

}  // namespace

ExportReport export_rows(const std::vector<StoreReader*>& readers, const ExportOptions& options,
                         const Sink& sink) {
  return Export(readers, options, sink).run();
}

ExportReport export_rows(StoreReader& reader, const ExportOptions& options, const Sink& sink) {
  return export_rows(std::vector<StoreReader*>{&reader}, options, sink);
}

}  // namespace dogged
