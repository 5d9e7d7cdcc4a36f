// SPDX-License-Identifier: MIT
#include "store/sqlite/reader.h"

#include <fmt/format.h>

namespace dogged::sqlite {
namespace {

// Goes through `inputs` in the order of its primary key and looks everything else up by rowid: no
// sort, so memory is flat at any size. ?1: the batch, ?2: changed since.
std::string export_sql(const ExportSelection& selection) {
  std::string conditions;
  const auto require = [&conditions](const std::string& condition) {
    conditions += (conditions.empty() ? " WHERE " : " AND ") + condition;
  };
  if (selection.batch) {
    require("inputs.batch_id = ?1");
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

void SqliteReader::each_export_row(const ExportSelection& selection,
                                   const std::function<bool(const ExportRow&)>& visit) {
  ReadStatement rows = select(export_sql(selection));
  if (selection.batch) {
    rows.bind(1, *selection.batch);
  }
  if (selection.changed_since) {
    rows.bind(2, to_ms(*selection.changed_since));
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
