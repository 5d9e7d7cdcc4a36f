// SPDX-License-Identifier: MIT
#include "table/export_worker.h"

#include "base/error.h"
#include "base/units.h"

#include <charconv>

namespace dogged {
namespace {

// Handed over at a time; larger pieces gain nothing.
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

using Kind = ExportCell::Kind;

ExportCell text_or_absent(std::string_view text) {
  return text.empty() ? ExportCell{} : ExportCell{Kind::text, text};
}

}  // namespace

void FixedCells::fill(const ExportRow& row, const ExportLayout& layout,
                      std::vector<ExportCell>& cells) {
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
    set_time(*row.fetched_at);
    at(FixedColumn::fetched_at) = {Kind::text, fetched_at_};
  }
  at(FixedColumn::error) = text_or_absent(row.error);
  at(FixedColumn::mended) = text_or_absent(row.mended);
}

// Most answers are of few days: what a day begins with is made once.
void FixedCells::set_time(WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  if (fetched_at_.empty() || day != day_) {
    day_ = day;
    fetched_at_ = iso_time(at);
    return;
  }
  constexpr std::string_view kTime = "hh:mm:ss.mmmZ";
  char* const digits = fetched_at_.data() + (fetched_at_.size() - kTime.size());
  auto ms = static_cast<std::uint32_t>(std::chrono::duration_cast<Millis>(at - day).count());
  const auto put = [digits](std::size_t begin, std::size_t count, std::uint32_t number) {
    for (; count > 0; number /= 10) {
      digits[begin + --count] = static_cast<char>('0' + number % 10);
    }
  };
  put(9, 3, ms % 1'000);
  ms /= 1'000;
  put(6, 2, ms % 60);
  put(3, 2, ms / 60 % 60);
  put(0, 2, ms / 3'600);
}

ExportWorker::ExportWorker(StoreReader& reader, const ExportOptions& options,
                           const ExportLayout& layout)
    : reader_(reader),
      layout_(layout),
      added_(options),
      inputs_(layout),
      writer_(ExportWriter::create(options)) {}

void ExportWorker::note_inputs(const ExportRow& row, std::size_t range) {
  if (row.columns.empty() || !document_.parse(row.columns).ok() ||
      document_.node(0).type != JsonDocument::Type::object) {
    return;
  }
  for (JsonDocument::Index name = 1; name < document_.node(0).end;
       name = document_.node(name + 1).end) {
    const std::string_view text = document_.text(name);
    if (layout_.input(text) < 0 && known_unknown_.emplace(text).second) {
      unknown_inputs_.push_back({range, std::string(text)});
    }
  }
}

void ExportWorker::look_ahead(const ExportSelection& rows, std::size_t range, bool for_inputs,
                              RangeOutput& output) {
  reader_.each_export_row(rows, [&](const ExportRow& row) {
    if (!output.go_on()) {
      return false;
    }
    added_.observe(row, range);
    if (for_inputs) {
      note_inputs(row, range);
    }
    return true;
  });
}

std::string ExportWorker::begin() {
  std::string out;
  writer_->begin(layout_.names(), out);
  return out;
}

void ExportWorker::add_line(const ExportRow& row, std::size_t range) {
  cells_.assign(layout_.names().size(), {});
  inputs_.fill(row, cells_);
  fixed_.fill(row, layout_, cells_);
  added_.fill(row, range, layout_.added(), cells_);
  writer_->write(cells_, out_);
  ++rows_;
  answered_ += row.fetched_at ? 1 : 0;
}

void ExportWorker::write(const ExportSelection& rows, std::size_t range, RangeOutput& output) {
  std::atomic<bool> surprised{false};
  try_write(rows, range, output, surprised);
  if (surprised) {
    throw Error("an answer changed while it was exported; export again");
  }
}

void ExportWorker::try_write(const ExportSelection& rows, std::size_t range, RangeOutput& output,
                             std::atomic<bool>& surprised) {
  reader_.each_export_row(rows, [&](const ExportRow& row) {
    if (!output.go_on()) {
      return false;
    }
    if (surprised.load(std::memory_order_relaxed)) {
      out_.clear();
      added_.observe(row, range);
      return true;
    }
    add_line(row, range);
    if (added_.surprised()) {
      surprised = true;
      return true;
    }
    return out_.size() < kPieceBytes || output.put(out_);
  });
  if (!out_.empty()) {
    (void)output.put(out_);  // where it is to end, so do its callers
  }
  added_.end_range(range);
  inputs_.end_range(range);
}

}  // namespace dogged
