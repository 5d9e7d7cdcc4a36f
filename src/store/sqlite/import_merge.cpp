// SPDX-License-Identifier: MIT
#include "store/sqlite/import_merge.h"

#include "base/error.h"
#include "base/json_document.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/import_staging.h"
#include "store/sqlite/import_survey.h"
#include "store/sqlite/upkeep.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <optional>

namespace dogged::sqlite {
namespace {

std::int64_t integer_of(WriteConnection& connection, const char* sql) {
  Prepared query(connection, sql);
  (void)query->executeStep();
  return query->getColumn(0).getInt64();
}

std::string json_array(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    json += json.size() > 1 ? "," : "";
    append_json_string(json, text);
  }
  return json + "]";
}

// More pages in memory while a merge goes on; the connection is a run's, whose memory is small.
class LargeCache {
 public:
  explicit LargeCache(WriteConnection& connection) : connection_(connection) {
    connection_.connection().exec("PRAGMA cache_size = -12288");
  }
  ~LargeCache() {
    (void)connection_.connection().tryExec("PRAGMA cache_size = -8192; PRAGMA shrink_memory");
  }
  LargeCache(const LargeCache&) = delete;
  LargeCache& operator=(const LargeCache&) = delete;

 private:
  WriteConnection& connection_;
};

// Puts the rows of a batch in. In a transaction.
class RowWriter {
 public:
  RowWriter(WriteConnection& connection, std::int64_t batch, const RowSet& new_rows)
      : batch_(batch),
        new_rows_(new_rows),
        first_job_(integer_of(connection, "SELECT coalesce(max(id), 0) + 1 FROM jobs")),
        next_job_(first_job_),
        insert_job_(connection, "INSERT INTO jobs (id, key) VALUES (?1, ?2)"),
        insert_input_(connection,
                      "INSERT INTO inputs (batch_id, row, job_id, columns, mended) "
                      "VALUES (?1, ?2, ?3, ?4, ?5)"),
        insert_reject_(connection,
                       "INSERT INTO rejects (batch_id, row, line, text, reason) "
                       "VALUES (?1, ?2, ?3, ?4, ?5)") {
    insert_input_->bind(1, batch_);
    insert_reject_->bind(1, batch_);
  }

  void put(const StagedRow& row, const RowLink* link) {
    if (!row.reason.empty()) {
      put_reject(row, row.text, row.reason);
    } else if (link == nullptr) {
      insert_job_->bind(1, next_job_);
      insert_job_->bindNoCopy(2, row.key);
      (void)insert_job_.run();
      put_input(row, next_job_++);
    } else if (link->kind == RowLink::Kind::conflict) {
      put_reject(
          row, row.columns,
          fmt::format("{} stands with other values of the columns that the URL uses", row.key));
    } else if (link->kind == RowLink::Kind::earlier_row) {
      put_input(row, first_job_ + new_rows_.rank(link->target));
    } else {
      put_input(row, link->target);
    }
  }

  std::int64_t rejected() const { return rejected_; }

 private:
  void put_input(const StagedRow& row, std::optional<std::int64_t> job) {
    insert_input_->bind(2, row.row);
    if (job) {
      insert_input_->bind(3, *job);
    } else {
      insert_input_->bind(3);
    }
    bind_text_or_null(*insert_input_, 4, row.columns);
    bind_text_or_null(*insert_input_, 5, row.mended);
    (void)insert_input_.run();
  }

  void put_reject(const StagedRow& row, const std::string& text, const std::string& reason) {
    ++rejected_;
    put_input(row, std::nullopt);
    insert_reject_->bind(2, row.row);
    insert_reject_->bind(3, row.line);
    insert_reject_->bindNoCopy(4, text);
    insert_reject_->bindNoCopy(5, reason);
    (void)insert_reject_.run();
  }

  const std::int64_t batch_;
  const RowSet& new_rows_;
  const std::int64_t first_job_;
  std::int64_t next_job_;
  std::int64_t rejected_ = 0;
  Prepared insert_job_;
  Prepared insert_input_;
  Prepared insert_reject_;
};

class Merge {
 public:
  Merge(WriteConnection& connection, Staging& staging, const BatchSpec& spec,
        const std::string& sha256)
      : connection_(connection), staging_(staging), spec_(spec), sha256_(sha256) {}

  ImportSummary run() {
    const LargeCache cache(connection_);
    look();
    WriteTransaction transaction(connection_);
    if (keys_version(connection_) != found_.keys_version) {
      look();  // others imported or removed meanwhile; now nobody can
    }
    put_rows();
    change_.save(connection_, "");
    transaction.commit();
    return found_.summary;
  }

 private:
  void look() {
    found_ = survey(connection_, staging_, spec_);
    staging_.prepare_rows();
  }

  void put_rows() {
    const auto replaced = replaced_batch();
    ask_again();
    if (known_batch()) {
      return;
    }
    const auto batch = integer_of(connection_, "SELECT coalesce(max(id), 0) + 1 FROM batches");
    const bool rebuild = index_is_better_rebuilt();
    if (rebuild) {
      connection_.connection().exec("DROP INDEX jobs_by_key");
    }
    put_all(batch);
    if (rebuild) {
      connection_.connection().exec("CREATE UNIQUE INDEX jobs_by_key ON jobs (key)");
    }
    change_.add(JobState::ready, found_.summary.added);
    if (replaced) {
      found_.summary.removed_jobs = remove_batch_rows(connection_, *replaced, change_);
    }
    put_batch(batch);
    bump_keys_version(connection_);
  }

  std::optional<std::int64_t> replaced_batch() {
    if (spec_.replace.empty()) {
      return std::nullopt;
    }
    const auto batch = find_batch(connection_, spec_.replace);
    if (!batch) {
      throw Error(Fault::usage,
                  fmt::format("there is no batch {} to replace; `dogged status` lists them",
                              spec_.replace));
    }
    return batch;
  }

  void ask_again() {
    for (const std::int64_t job : found_.stale_jobs) {
      if (requeue_job(connection_, job, spec_.now - *spec_.max_age, change_)) {
        ++found_.summary.asked_again;
      }
    }
  }

  // Whether this import is in already; then its numbers are told as they would be now.
  bool known_batch() {
    Prepared query(connection_,
                   "SELECT name, rows, rejected FROM batches "
                   "WHERE sha256 = ?1 AND id_options = ?2 ORDER BY id LIMIT 1");
    query->bind(1, sha256_);
    query->bind(2, spec_.id_options);
    if (!query->executeStep()) {
      return false;
    }
    ImportSummary& summary = found_.summary;
    summary.same_import = true;
    summary.batch_name = query->getColumn(0).getString();
    summary.rows = query->getColumn(1).getInt64();
    summary.rejected = query->getColumn(2).getInt64();
    summary.duplicates = summary.rows - summary.rejected;
    return true;
  }

  // Random inserts into the index of the keys cost more than sorting it anew once the new keys are
  // many: measured at 1,000,000 shuffled ones, and the more the less of the index the cache holds.
  bool index_is_better_rebuilt() {
    constexpr std::int64_t kFew = 1000;
    const std::int64_t fresh = found_.new_rows.size();
    return fresh > kFew &&
           fresh >= integer_of(connection_, "SELECT coalesce(max(id), 0) FROM jobs") / 4;
  }

  void put_all(std::int64_t batch) {
    ImportSummary& summary = found_.summary;
    RowWriter writer(connection_, batch, found_.new_rows);
    staging_.each_row([&](const StagedRow& row, const RowLink* link) {
      ++summary.rows;
      writer.put(row, link);
    });
    summary.rejected = writer.rejected();
    summary.added = found_.new_rows.size();
  }

  void put_batch(std::int64_t batch) {
    ImportSummary& summary = found_.summary;
    summary.batch_name = free_name();
    Prepared insert(connection_,
                    "INSERT INTO batches (id, name, file, sha256, header, id_options, id_column,"
                    " imported_at_ms, rows, added, duplicates, rejected) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    insert->bind(1, batch);
    insert->bind(2, summary.batch_name);
    insert->bind(3, spec_.file);
    insert->bind(4, sha256_);
    insert->bind(5, json_array(spec_.header));
    insert->bind(6, spec_.id_options);
    insert->bind(7, spec_.id_column);
    insert->bind(8, to_ms(spec_.now));
    insert->bind(9, summary.rows);
    insert->bind(10, summary.added);
    insert->bind(11, summary.duplicates);
    insert->bind(12, summary.rejected);
    (void)insert.run();
  }

  std::string free_name() {
    std::string name = spec_.name;
    for (int n = 2; find_batch(connection_, name); ++n) {
      name = fmt::format("{}#{}", spec_.name, n);
    }
    return name;
  }

  WriteConnection& connection_;
  Staging& staging_;
  const BatchSpec& spec_;
  const std::string& sha256_;
  SurveyResult found_;
  CounterChange change_;
};

}  // namespace

ImportSummary merge_import(WriteConnection& connection, Staging& staging, const BatchSpec& spec,
                           const std::string& sha256) {
  return Merge(connection, staging, spec, sha256).run();
}

}  // namespace dogged::sqlite
