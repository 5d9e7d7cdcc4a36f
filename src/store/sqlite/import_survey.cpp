// SPDX-License-Identifier: MIT
#include "store/sqlite/import_survey.h"

#include "base/json_document.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <optional>

namespace dogged::sqlite {
namespace {

std::string pointer_to(const std::string& column) {
  std::string pointer = "/";
  for (const char c : column) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string canonical_json(const std::string& text) {
  JsonDocument document;
  return document.parse(text).ok() ? document.json(document.root()) : text;
}

class Survey {
 public:
  Survey(WriteConnection& connection, Staging& staging, const BatchSpec& spec)
      : connection_(connection), staging_(staging), spec_(spec) {}

  SurveyResult run() {
    const ReadTransaction snapshot(connection_);  // else each look would open one of its own
    result_.keys_version = keys_version(connection_);
    store_is_empty_ = !Prepared(connection_, "SELECT 1 FROM jobs LIMIT 1")->executeStep();
    staging_.forget_links();
    staging_.each_by_key([this](const Staging::KeyedRow& row) { take(row); });
    result_.new_rows.count();
    staging_.sort_links();
    staging_.each_link([this](const RowLink& link) { count(link); });
    return std::move(result_);
  }

 private:
  void take(const Staging::KeyedRow& row) {
    const bool repeat = any_key_ && row.key == key_;
    if (!repeat) {
      begin_key(row);
    }
    if (job_ == 0 && !repeat) {
      return;  // begin_key() made it a new row
    }
    RowLink link;
    link.row = row.row;
    link.repeat = repeat;
    if (!spec_.url_columns.empty() && canonical_json(std::string(row.url_values)) != url_values_) {
      link.kind = RowLink::Kind::conflict;
    } else if (job_ != 0) {
      link.target = job_;
    } else {
      link.kind = RowLink::Kind::earlier_row;
      link.target = first_row_;
    }
    staging_.link(link);
  }

  void begin_key(const Staging::KeyedRow& row) {
    any_key_ = true;
    key_ = row.key;
    first_row_ = row.row;
    job_ = store_is_empty_ ? 0 : find_job();
    if (job_ == 0) {
      result_.new_rows.insert(row.row);
    }
    if (!spec_.url_columns.empty()) {
      url_values_ = job_ == 0 ? canonical_json(std::string(row.url_values)) : stored_url_values();
    }
  }

  std::int64_t find_job() {
    Prepared query(connection_, "SELECT id FROM jobs WHERE key = ?1");
    query->bindNoCopy(1, key_);
    return query->executeStep() ? query->getColumn(0).getInt64() : 0;
  }

  // Of the job's first input row.
  std::string stored_url_values() {
    Prepared query(connection_,
                   "SELECT columns FROM inputs INDEXED BY inputs_by_job WHERE job_id = ?1 "
                   "ORDER BY batch_id, row LIMIT 1");
    query->bind(1, job_);
    const std::string columns = query->executeStep() ? query->getColumn(0).getString() : "";
    const bool readable = columns_.parse(columns).ok();
    std::string values = "[";
    for (const std::string& column : spec_.url_columns) {
      const auto found = readable ? columns_.find(pointer_to(column)) : std::nullopt;
      values += values.size() > 1 ? "," : "";
      append_json_string(values, found ? columns_.text(*found) : std::string_view());
    }
    return canonical_json(values + "]");
  }

  void count(const RowLink& link) {
    ImportSummary& summary = result_.summary;
    if (link.kind == RowLink::Kind::conflict) {
      ++summary.conflicting;
      return;
    }
    ++summary.duplicates;
    if (link.repeat) {
      ++summary.duplicates_in_file;
    } else {
      count_known_job(link.target);
    }
  }

  void count_known_job(std::int64_t job) {
    Prepared query(connection_,
                   "SELECT settled_at_ms FROM jobs "
                   "WHERE id = ?1 AND state IN ('done', 'not_found')");
    query->bind(1, job);
    if (!query->executeStep()) {
      return;
    }
    ImportSummary& summary = result_.summary;
    const WallTime at = from_ms(query->getColumn(0).getInt64());
    ++summary.duplicates_done;
    summary.answered_first = std::min(summary.answered_first.value_or(at), at);
    summary.answered_last = std::max(summary.answered_last.value_or(at), at);
    if (spec_.max_age && at < spec_.now - *spec_.max_age) {
      result_.stale_jobs.push_back(job);
    }
  }

  WriteConnection& connection_;
  Staging& staging_;
  const BatchSpec& spec_;
  SurveyResult result_;
  JsonDocument columns_;
  bool store_is_empty_ = false;
  // Of the key whose rows come now.
  bool any_key_ = false;
  std::string key_;
  std::string url_values_;
  std::int64_t first_row_ = 0;
  std::int64_t job_ = 0;  // 0: the store does not hold it
};

}  // namespace

SurveyResult survey(WriteConnection& connection, Staging& staging, const BatchSpec& spec) {
  return Survey(connection, staging, spec).run();
}

std::string keys_version(WriteConnection& connection) {
  Prepared query(connection, "SELECT value FROM settings WHERE key = 'keys_version'");
  return query->executeStep() ? query->getColumn(0).getString() : "0";
}

void bump_keys_version(WriteConnection& connection) {
  Prepared bump(connection,
                "INSERT INTO settings (key, value) VALUES ('keys_version', '1') "
                "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1");
  (void)bump.run();
}

}  // namespace dogged::sqlite
