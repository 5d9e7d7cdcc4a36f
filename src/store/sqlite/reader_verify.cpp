// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "store/sqlite/reader.h"

#include <fmt/format.h>

#include <array>

namespace dogged::sqlite {
namespace {

// Each SELECT gives a row for each fault, as one text; of faults that may come by the million it
// gives one row with their number and an example.
constexpr std::array<std::string_view, 11> kAccounts{
    // The file.
    "SELECT 'the file is damaged: ' || integrity_check FROM pragma_integrity_check"
    " WHERE integrity_check <> 'ok'",

    // Batches: what the import said, against the rows that are there.
    "SELECT format('batch %s: %d rows, but %d new + %d duplicate + %d rejected', name, rows, added,"
    " duplicates, rejected) FROM batches WHERE rows <> added + duplicates + rejected",

    "SELECT format('batch %s: %d rows of which %d rejected were imported, but %d of which %d are"
    " stored', name, rows, rejected, coalesce(n, 0), coalesce(without_job, 0))"
    " FROM batches LEFT JOIN (SELECT batch_id, count(*) AS n, sum(job_id IS NULL) AS without_job"
    "                         FROM inputs GROUP BY batch_id) AS found ON found.batch_id = "
    "batches.id"
    " WHERE rows <> coalesce(n, 0) OR rejected <> coalesce(without_job, 0)",

    "SELECT format('%d rejected rows without a reason, the first is row %d of batch %d', count(*),"
    " row, batch_id) FROM (SELECT batch_id, row FROM inputs WHERE job_id IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM rejects WHERE rejects.batch_id = inputs.batch_id AND rejects.row = inputs.row)"
    " ORDER BY batch_id, row) HAVING count(*) > 0",

    "SELECT format('%d reasons for rows that are not rejected, the first is row %d of batch %d',"
    " count(*), row, batch_id) FROM (SELECT batch_id, row FROM rejects WHERE NOT EXISTS"
    " (SELECT 1 FROM inputs WHERE inputs.batch_id = rejects.batch_id AND inputs.row = rejects.row"
    " AND job_id IS NULL) ORDER BY batch_id, row) HAVING count(*) > 0",

    "SELECT format('%d rows belong to no batch', count(*)) FROM inputs"
    " WHERE batch_id NOT IN (SELECT id FROM batches) HAVING count(*) > 0",

    "SELECT format('%d rows name a job that is not there, the first is row %d of batch %d',"
    " count(*), row, batch_id) FROM (SELECT batch_id, row FROM inputs WHERE job_id IS NOT NULL AND"
    " NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = inputs.job_id) ORDER BY batch_id, row)"
    " HAVING count(*) > 0",

    // Jobs.
    "WITH words(state) AS (VALUES ('ready'), ('leased'), ('done'), ('not_found'), ('failed')),"
    " found AS (SELECT state, count(*) AS n FROM jobs GROUP BY state),"
    " told AS (SELECT state, sum(n) AS n FROM counters GROUP BY state)"
    " SELECT format('%d jobs are %s, but the counters say %d', coalesce(found.n, 0), words.state,"
    " coalesce(told.n, 0)) FROM words LEFT JOIN found USING (state) LEFT JOIN told USING (state)"
    " WHERE coalesce(found.n, 0) <> coalesce(told.n, 0)",

    "SELECT format('%d done jobs have no answer, the first is %s', count(*), key)"
    " FROM (SELECT key FROM jobs WHERE state = 'done' AND NOT EXISTS"
    " (SELECT 1 FROM answers WHERE answers.job_id = jobs.id) ORDER BY id) HAVING count(*) > 0",

    "SELECT format('%d jobs are leased by no running worker, the first is %s', count(*), key)"
    " FROM (SELECT key FROM jobs WHERE state = 'leased' AND NOT EXISTS"
    " (SELECT 1 FROM workers WHERE workers.id = jobs.worker_id AND ended_at_ms IS NULL)"
    " ORDER BY id) HAVING count(*) > 0",

    "SELECT format('%d answers and %d attempts belong to no job', a, b) FROM"
    " (SELECT (SELECT count(*) FROM answers WHERE NOT EXISTS"
    "  (SELECT 1 FROM jobs WHERE jobs.id = answers.job_id)) AS a,"
    " (SELECT count(*) FROM attempts WHERE NOT EXISTS"
    "  (SELECT 1 FROM jobs WHERE jobs.id = attempts.job_id)) AS b) WHERE a + b > 0",
};

}  // namespace

std::vector<std::string> SqliteReader::verify() {
  std::vector<std::string> faults;
  for (const std::string_view account : kAccounts) {
    try {
      ReadStatement rows = select(account);
      while (rows.step()) {
        faults.push_back(rows.string(0));
      }
    } catch (const Error& error) {
      if (faults.empty()) {
        throw;
      }
      faults.emplace_back(error.what());  // a damaged file, as was told: the rest cannot be read
      return faults;
    }
  }
  return faults;
}

}  // namespace dogged::sqlite
