// SPDX-License-Identifier: MIT
#include "store/sqlite/reader.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace dogged::sqlite {
namespace {

// Goes through `inputs` in the order of its primary key and looks everything else up by rowid: no
// sort, so memory is flat at any size. ?1: the batch, ?2: changed since, ?3 and ?4: the rows.
std::string export_sql(const ExportSelection& selection) {
  std::string conditions;
  const auto require = [&conditions](const std::string& condition) {
    conditions += (conditions.empty() ? " WHERE " : " AND ") + condition;
  };
  if (selection.batch) {
    require("inputs.batch_id = ?1");
  }
  if (selection.first_row > 0) {
    require("inputs.row >= ?3");
  }
  if (selection.end_row > 0) {
    require("inputs.row < ?4");
  }
  if (!selection.states.empty()) {
    require(fmt::format("jobs.state IN ({})", sql_list(selection.states)));
  }
  if (selection.changed_since) {
    require("answers.changed_at_ms >= ?2");
  }
  return fmt::format(
      "SELECT inputs.batch_id, inputs.row, inputs.columns, jobs.key, jobs.state, jobs.http_status,"
      " answers.fetched_at_ms,"
      " CASE WHEN inputs.job_id IS NULL THEN (SELECT reason FROM rejects WHERE"
      "  rejects.batch_id = inputs.batch_id AND rejects.row = inputs.row) ELSE jobs.error END,"
      " inputs.mended, {},"
      " CASE WHEN inputs.job_id IS NULL THEN (SELECT text FROM rejects WHERE"
      "  rejects.batch_id = inputs.batch_id AND rejects.row = inputs.row) END"
      " FROM inputs NOT INDEXED"
      " LEFT JOIN jobs ON jobs.id = inputs.job_id"
      " LEFT JOIN answers ON answers.job_id = inputs.job_id"
      "{} ORDER BY inputs.batch_id, inputs.row",
      selection.with_bodies ? "answers.body" : "NULL", conditions);
}

ExportRow export_row(const ReadStatement& row) {
  ExportRow result;
  result.batch = row.integer(0);
  result.row = row.integer(1);
  result.columns = row.text(2);
  result.key = row.text(3);
  result.state = job_state_from(row.text(4));  // NULL: rejected
  result.http_status = static_cast<int>(row.integer(5));
  result.fetched_at = row.time(6);
  result.error = row.text(7);
  result.mended = row.text(8);
  result.body = row.text(9);
  result.rejected_text = row.text(10);
  return result;
}

}  // namespace

// Changes with every commit of other connections that this one gets to see.
std::int64_t SqliteReader::data_version() {
  ReadStatement version(database_.handle(), database_.path(), "PRAGMA data_version");
  return version.step() ? version.integer(0) : 0;
}

// Under the write lock no process of ours writes while the snapshots are taken. Another program
// may: so this reader, the last to take its own, looks whether anything was committed since before
// the first.
std::vector<std::unique_ptr<StoreReader>> SqliteReader::share(std::size_t n) {
  constexpr int kTries = 10;
  refresh();
  const WriteLock held = locks_.lock_writes();
  std::vector<std::unique_ptr<SqliteReader>> others;
  while (others.size() < n) {
    others.push_back(
        std::unique_ptr<SqliteReader>(new SqliteReader(database_.path(), parked_limit_, held)));
  }
  bool same = false;
  for (int i = 0; i < kTries && !same; ++i) {
    refresh();
    const std::int64_t before = data_version();
    for (const auto& other : others) {
      other->refresh();
      other->take_snapshot();
    }
    take_snapshot();
    same = data_version() == before;
  }
  if (!same) {
    return {};
  }
  return {std::make_move_iterator(others.begin()), std::make_move_iterator(others.end())};
}

void SqliteReader::each_export_row(const ExportSelection& selection,
                                   const std::function<bool(const ExportRow&)>& visit) {
  ReadStatement rows = select(export_sql(selection));
  if (selection.batch) {
    rows.bind(1, *selection.batch);
  }
  if (selection.changed_since) {
    rows.bind(2, to_ms(*selection.changed_since));
  }
  if (selection.first_row > 0) {
    rows.bind(3, selection.first_row);
  }
  if (selection.end_row > 0) {
    rows.bind(4, selection.end_row);
  }
  while (rows.step() && visit(export_row(rows))) {
  }
}

void SqliteReader::each_reject(std::int64_t batch,
                               const std::function<bool(const RejectedRow&)>& visit) {
  ReadStatement rows = select(
      "SELECT rejects.row, line, inputs.columns, text, reason FROM rejects"
      " LEFT JOIN inputs ON inputs.batch_id = rejects.batch_id AND inputs.row = rejects.row"
      " WHERE rejects.batch_id = ?1 ORDER BY rejects.row");
  rows.bind(1, batch);
  while (rows.step()) {
    const RejectedRow row{rows.integer(0), rows.integer(1), rows.string(2), rows.string(3),
                          rows.string(4)};
    if (!visit(row)) {
      return;
    }
  }
}

}  // namespace dogged::sqlite
