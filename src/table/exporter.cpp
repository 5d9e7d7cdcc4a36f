// SPDX-License-Identifier: MIT
#include "table/exporter.h"

#include "base/text.h"
#include "table/export_layout.h"
#include "table/export_worker.h"
#include "table/range_crew.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

namespace dogged {
namespace {

// What a thread takes at a time where there are several: some milliseconds of work.
constexpr std::int64_t kRangeRows = 2'000;

// Fewer ranges than that are all looked at before writing; of more, one of as many.
constexpr std::size_t kWorthTrying = 16;
constexpr std::size_t kLargestSample = 16;  // ranges

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

// One export, by one or several workers. With --add auto the first line needs the columns of all
// answers. Into a sink that can be started over they are taken to be those of the first few per
// cent, and all is written at once: three quarters of the work of looking at all rows first. A
// later row with another column makes the rest of the rows be looked at only, and all be written
// again: 1.5 times that work at worst, where it is the last row.
class Export {
 public:
  Export(const std::vector<StoreReader*>& readers, const ExportOptions& options, const Sink& sink)
      : options_(options),
        sink_(sink),
        batches_(selected_batches(*readers.front(), options.selection)),
        layout_(batches_),
        readers_(readers) {
    make_workers();
    split();
  }

  ExportReport run() {
    if (!may_try()) {
      look_ahead(ranges_.size());
      adopt_columns();
      write();
      return report();
    }
    look_ahead(sample());
    adopt_columns();
    if (!try_write()) {
      start_over();
      write();
    }
    return report();
  }

 private:
  void make_workers() {
    workers_.clear();
    for (StoreReader* reader : readers_) {
      workers_.push_back(std::make_unique<ExportWorker>(*reader, options_, layout_));
    }
  }

  // Several workers share the batches by ranges of rows; what may have to be started over is
  // parted, too. The last range of a batch has no end, so that none is missed however they are
  // numbered.
  void split() {
    const bool trying = options_.auto_columns && options_.start_over;
    if (workers_.size() == 1 && !trying) {
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

  bool names_missing() const {
    return std::any_of(batches_.begin(), batches_.end(),
                       [](const BatchInfo& b) { return b.header.empty(); });
  }

  // Whether writing may begin before every row was looked at.
  bool may_try() const {
    return options_.auto_columns && options_.start_over && !names_missing() &&
           ranges_.size() >= kWorthTrying;
  }

  // The ranges whose columns are taken for those of all.
  std::size_t sample() const {
    return std::clamp<std::size_t>(ranges_.size() / kWorthTrying, 1, kLargestSample);
  }

  void in_order(std::size_t ranges,
                const std::function<void(ExportWorker&, std::size_t, RangeOutput&)>& work) {
    work_in_order(
        workers_.size(), ranges,
        [&](std::size_t worker, std::size_t range, RangeOutput& output) {
          work(*workers_[worker], range, output);
        },
        [this](std::string_view bytes) {
          if (!surprised_) {
            put(bytes);
          }
        },
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

  // Looks through the rows of the first `ranges`, where the columns cannot be known without: those
  // of `--add auto`, and the input's where a batch has no header.
  void look_ahead(std::size_t ranges) {
    const bool for_inputs = names_missing();
    if (!for_inputs && !options_.auto_columns) {
      return;
    }
    in_order(ranges, [&](ExportWorker& worker, std::size_t range, RangeOutput& output) {
      ExportSelection rows = ranges_[range];
      rows.with_bodies = options_.auto_columns;
      worker.look_ahead(rows, range, for_inputs, output);
    });
    std::vector<RangeName> names;
    for (const auto& worker : workers_) {
      const auto& unknown = worker->unknown_inputs();
      names.insert(names.end(), unknown.begin(), unknown.end());
    }
    std::stable_sort(names.begin(), names.end(),
                     [](const RangeName& a, const RangeName& b) { return a.range < b.range; });
    for (const RangeName& found : names) {
      layout_.add_input(found.name);
    }
  }

  std::optional<AutoColumns> found_columns() const {
    std::vector<const AddedCells*> added;
    for (const auto& worker : workers_) {
      added.push_back(&worker->added());
    }
    return AddedCells::merged(added);
  }

  // What the workers found is what they write, from now on.
  void adopt_columns() { adopt(found_columns()); }

  void adopt(const std::optional<AutoColumns>& columns) {
    for (const auto& worker : workers_) {
      if (columns) {
        worker->added().adopt(*columns);
      }
    }
    const std::vector<std::string> added = workers_.front()->added().names();
    with_bodies_ = !added.empty();
    layout_.complete(added);
  }

  void write_header() {
    std::string header;
    for (const auto& worker : workers_) {
      header = worker->begin();
    }
    put(header);
  }

  void write() {
    write_header();
    in_order(ranges_.size(), [&](ExportWorker& worker, std::size_t range, RangeOutput& output) {
      worker.write(rows_of(range), range, output);
    });
  }

  // False where some rows had columns that were not known yet.
  bool try_write() {
    write_header();
    in_order(ranges_.size(), [&](ExportWorker& worker, std::size_t range, RangeOutput& output) {
      worker.try_write(rows_of(range), range, output, surprised_);
    });
    return !surprised_;
  }

  // By now every row has been looked at.
  void start_over() {
    const auto columns = found_columns();
    options_.start_over();
    bytes_ = 0;
    surprised_ = false;
    layout_ = ExportLayout(batches_);
    make_workers();
    adopt(columns);
  }

  ExportSelection rows_of(std::size_t range) const {
    ExportSelection rows = ranges_[range];
    rows.with_bodies = with_bodies_;
    return rows;
  }

  ExportReport report() {
    ExportReport report;
    report.bytes = bytes_;
    ExportWorker& all = *workers_.front();
    report.rows = all.rows();
    report.answered = all.answered();
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      report.rows += workers_[i]->rows();
      report.answered += workers_[i]->answered();
      all.added().absorb(workers_[i]->added());
      all.inputs().absorb(workers_[i]->inputs());
    }
    all.added().warn(report.warnings);
    warn_of_strays(all.inputs(), report);
    warn_of_excel(report);
    note_other_names(report);
    return report;
  }

  // Of the columns that somebody named; --add auto finds an `id` and the like in most answers.
  void note_other_names(ExportReport& report) const {
    for (std::size_t i = 0; i < options_.columns.size(); ++i) {
      const std::string& asked = options_.columns[i].name;
      const std::string& given = layout_.names()[layout_.added() + i];
      if (given != asked) {
        report.notes.push_back(
            fmt::format("the column '{}' is called '{}' in the export: another one has that name",
                        printable(asked, 80), printable(given, 80)));
      }
    }
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
  const std::vector<StoreReader*>& readers_;
  std::vector<std::unique_ptr<ExportWorker>> workers_;
  std::vector<ExportSelection> ranges_;
  bool with_bodies_ = false;
  std::atomic<bool> surprised_{false};  // set by the workers
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
