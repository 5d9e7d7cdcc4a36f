// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"
#include "store/store_reader.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dogged {

// A row to export, owning what ExportRow only views.
struct FakeRow {
  std::int64_t batch = 1;
  std::string columns, key;
  std::optional<JobState> state = JobState::done;
  int http_status = 200;
  std::string error, mended, body, rejected_text;
};

// Hands prepared rows to an export, as often as it asks.
class FakeRows final : public StoreReader {
 public:
  FakeRows(std::vector<BatchInfo> batches, std::vector<FakeRow> rows)
      : batches_(std::move(batches)), rows_(std::move(rows)) {}

  int passes() const { return passes_; }

  void refresh() override { throw Error("an export is one snapshot"); }
  std::vector<std::unique_ptr<StoreReader>> share(std::size_t) override { return {}; }
  Overview overview() override { return {}; }
  std::vector<BatchInfo> batches() override { return batches_; }
  std::optional<std::string> setting(std::string_view) override { return std::nullopt; }
  void each_job(const JobFilter&, const std::function<bool(const JobRow&)>&) override {}
  std::optional<JobDetail> find_job(std::string_view) override { return std::nullopt; }
  void each_reject(std::int64_t, const std::function<bool(const RejectedRow&)>&) override {}
  std::vector<std::string> verify() override { return {}; }

  void each_export_row(const ExportSelection& selection,
                       const std::function<bool(const ExportRow&)>& visit) override {
    ++passes_;
    std::int64_t number = 0;
    for (const FakeRow& fake : rows_) {
      ExportRow row;
      row.batch = fake.batch;
      row.row = ++number;
      row.columns = fake.columns;
      row.key = fake.key;
      row.state = fake.state;
      row.http_status = fake.state ? fake.http_status : 0;
      if (!fake.body.empty()) {
        row.fetched_at = from_ms(1'790'000'000'123);
      }
      row.error = fake.error;
      row.mended = fake.mended;
      row.body = selection.with_bodies ? std::string_view(fake.body) : std::string_view();
      row.rejected_text = fake.rejected_text;
      const bool wanted =
          (!selection.batch || *selection.batch == fake.batch) && row.row >= selection.first_row &&
          (selection.end_row == 0 || row.row < selection.end_row) &&
          (selection.states.empty() || (fake.state && selection.states.front() == *fake.state));
      if (wanted && !visit(row)) {
        return;
      }
    }
  }

 private:
  std::vector<BatchInfo> batches_;
  std::vector<FakeRow> rows_;
  int passes_ = 0;
};

inline BatchInfo batch_of(std::int64_t id, std::vector<std::string> header,
                          std::string id_column = "") {
  BatchInfo info;
  info.id = id;
  info.name = "b" + std::to_string(id);
  info.file = "ids.csv";
  info.header = std::move(header);
  info.id_column = std::move(id_column);
  return info;
}

}  // namespace dogged
