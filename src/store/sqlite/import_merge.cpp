// SPDX-License-Identifier: MIT
#include "store/sqlite/import_merge.h"

#include "base/error.h"
#include "base/json_document.h"
#include "base/out_of_memory.h"
#include "store/sqlite/bulk_insert.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/import_staging.h"
#include "store/sqlite/import_survey.h"
#include "store/sqlite/upkeep.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

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
    connection_.connection().exec("PRAGMA cache_size = -24576");
  }
  ~LargeCache() {
    (void)connection_.connection().tryExec("PRAGMA cache_size = -8192; PRAGMA shrink_memory");
  }
  LargeCache(const LargeCache&) = delete;
  LargeCache& operator=(const LargeCache&) = delete;

  // Leaves half of it to the sort of an index, which takes as much as the cache.
  void share_with_sort() { connection_.connection().exec("PRAGMA cache_size = -12288"); }

 private:
  WriteConnection& connection_;
};

// Has CHECK constraints not looked at: those of `jobs` take longer than all else of a row
// (1,000,000 rows: 1.2 s with them, 0.5 s without). Only for rows that hold nothing but what was
// looked at before, and defaults.
class Unchecked {
 public:
  explicit Unchecked(WriteConnection& connection) : connection_(connection) {
    connection_.connection().exec("PRAGMA ignore_check_constraints = ON");
  }
  ~Unchecked() {
    // It needs nothing but memory. A connection that would go on without checks must not go on.
    if (!restored() && !restored()) {
      end_out_of_memory();
    }
  }
  Unchecked(const Unchecked&) = delete;
  Unchecked& operator=(const Unchecked&) = delete;

 private:
  bool restored() noexcept {
    return connection_.connection().tryExec("PRAGMA ignore_check_constraints = OFF") == SQLITE_OK;
  }

  WriteConnection& connection_;
};

BulkInsert::Value text_or_null(std::string_view text) {
  return text.empty() ? BulkInsert::Value() : text;
}

class Merge {
 public:
  Merge(WriteConnection& connection, Staging& staging, const BatchSpec& spec,
        const std::string& sha256)
      : connection_(connection),
        staging_(staging),
        spec_(spec),
        sha256_(sha256),
        cache_(connection) {}

  ImportSummary run() {
    while (!try_merge()) {  // others imported or removed meanwhile
    }
    return found_.summary;
  }

 private:
  // False where the set of keys changed between the survey and the lock.
  bool try_merge() {
    found_ = survey(connection_, staging_, spec_);
    WriteTransaction transaction(connection_);
    if (keys_version(connection_) != found_.keys_version) {
      return false;
    }
    put_rows();
    change_.save(connection_, "");
    transaction.commit();
    return true;
  }

  void put_rows() {
    const auto replaced = replaced_batch();
    ask_again();
    if (const auto known = known_batch()) {
      if (replaced && *replaced != *known) {
        found_.summary.removed_jobs = remove_batch_rows(connection_, *replaced, change_);
        bump_keys_version(connection_);
      }
      return;
    }
    const auto batch = integer_of(connection_, "SELECT coalesce(max(id), 0) + 1 FROM batches");
    const bool rebuild = index_is_better_rebuilt();
    if (rebuild) {
      cache_.share_with_sort();
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

  // The batch of this import, where it is in already; then its numbers are told as they would be
  // now.
  std::optional<std::int64_t> known_batch() {
    Prepared query(connection_,
                   "SELECT id, name, rows, rejected FROM batches "
                   "WHERE sha256 = ?1 AND id_options = ?2 ORDER BY id LIMIT 1");
    query->bind(1, sha256_);
    query->bind(2, spec_.id_options);
    if (!query->executeStep()) {
      return std::nullopt;
    }
    ImportSummary& summary = found_.summary;
    summary.same_import = true;
    summary.batch_name = query->getColumn(1).getString();
    summary.rows = query->getColumn(2).getInt64();
    summary.rejected = query->getColumn(3).getInt64();
    summary.duplicates = summary.rows - summary.rejected;
    return query->getColumn(0).getInt64();
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
    summary.rows = staging_.rows();
    summary.rejected = staging_.rejected() + summary.conflicting;
    summary.added = found_.new_rows.size();
    first_id_ = integer_of(connection_, "SELECT coalesce(max(id), 0) + 1 FROM jobs");
    put_jobs();
    put_inputs(batch);
    if (summary.rejected > 0) {
      put_rejects(batch);
    }
  }

  std::int64_t new_job_id(std::int64_t row) const { return first_id_ + found_.new_rows.rank(row); }

  // The staging saw to it that no key is empty, and the survey that none is there.
  void put_jobs() {
    const Unchecked unchecked(connection_);
    BulkInsert jobs(connection_.database().handle(), "INSERT INTO jobs (id, key)", 2);
    std::int64_t id = first_id_;
    staging_.each_row([&](const StagedRow& row, const RowLink* link) {
      if (!row.rejected && link == nullptr) {
        jobs.add({id++, row.key});
      }
    });
    jobs.finish();
  }

  void put_inputs(std::int64_t batch) {
    BulkInsert inputs(connection_.database().handle(),
                      "INSERT INTO inputs (batch_id, row, job_id, columns, mended)", 5);
    staging_.each_row([&](const StagedRow& row, const RowLink* link) {
      inputs.add(
          {batch, row.row, job_of(row, link), text_or_null(row.columns), text_or_null(row.mended)});
    });
    inputs.finish();
  }

  BulkInsert::Value job_of(const StagedRow& row, const RowLink* link) const {
    if (row.rejected || (link != nullptr && link->kind == RowLink::Kind::conflict)) {
      return {};
    }
    if (link != nullptr && link->kind == RowLink::Kind::job) {
      return link->target;
    }
    return new_job_id(link != nullptr ? link->target : row.row);
  }

  void put_rejects(std::int64_t batch) {
    BulkInsert rejects(connection_.database().handle(),
                       "INSERT INTO rejects (batch_id, row, line, text, reason)", 5);
    std::string reason;
    staging_.each_row([&](const StagedRow& row, const RowLink* link) {
      if (row.rejected) {
        rejects.add({batch, row.row, row.line, row.text, row.reason});
      } else if (link != nullptr && link->kind == RowLink::Kind::conflict) {
        reason = row.key;
        reason += " stands with other values of the columns that the URL uses";
        rejects.add(
            {batch, row.row, row.line, row.columns.empty() ? row.key : row.columns, reason});
      }
    });
    rejects.finish();
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
  LargeCache cache_;
  SurveyResult found_;
  std::int64_t first_id_ = 0;  // of the new jobs
  CounterChange change_;
};

}  // namespace

ImportSummary merge_import(WriteConnection& connection, Staging& staging, const BatchSpec& spec,
                           const std::string& sha256) {
  return Merge(connection, staging, spec, sha256).run();
}

}  // namespace dogged::sqlite
