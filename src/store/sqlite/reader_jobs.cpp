// SPDX-License-Identifier: MIT
// Jobs one by one: each_job and find_job.
#include "store/sqlite/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dogged::sqlite {
namespace {

// Where the jobs of a state can be had without reading those of others. `id` names the column that
// tells the job, `from` may be put behind FROM and is followed by more conditions.
struct Way {
  JobState state;
  std::string_view id;
  std::string_view from;
};

constexpr std::array kWays{
    Way{JobState::ready, "jobs.id",
        "jobs INDEXED BY jobs_fresh WHERE state = 'ready' AND due_ms = 0 AND deaths < 2"},
    Way{JobState::ready, "jobs.id",
        "jobs INDEXED BY jobs_due WHERE state = 'ready' AND due_ms > 0 AND deaths < 2"},
    Way{JobState::ready, "jobs.id",
        "jobs INDEXED BY jobs_suspect WHERE state = 'ready' AND deaths >= 2"},
    Way{JobState::leased, "jobs.id", "jobs INDEXED BY jobs_leased WHERE state = 'leased'"},
    Way{JobState::done, "answers.job_id",
        "answers CROSS JOIN jobs ON jobs.id = answers.job_id WHERE state = 'done'"},
    Way{JobState::not_found, "jobs.id", "jobs INDEXED BY jobs_not_found WHERE state = 'not_found'"},
    Way{JobState::failed, "jobs.id", "jobs INDEXED BY jobs_failed WHERE state = 'failed'"},
};

std::string error_condition(const std::string& error_like) {
  if (error_like.empty()) {
    return "";
  }
  return error_like.find_first_of("*?") == std::string::npos ? " AND instr(error, ?3) > 0"
                                                             : " AND error GLOB ?3";
}

// ?1: the id to go on after, ?2: the limit, ?3: the error. A page of one state must not read
// through ten million jobs of another: so the ids of the page come from the states' own indexes,
// each the first of its kind, merged.
std::string page_sql(const JobFilter& filter) {
  std::string ids;
  for (const Way& way : kWays) {
    if (std::ranges::count(filter.states, way.state) > 0) {
      ids +=
          fmt::format("{}SELECT * FROM (SELECT {} AS id FROM {} AND {} > ?1{} ORDER BY 1 LIMIT ?2)",
                      ids.empty() ? "" : " UNION ALL ", way.id, way.from, way.id,
                      error_condition(filter.error_like));
    }
  }
  return fmt::format(
      "SELECT {} FROM (SELECT id FROM ({}) ORDER BY id LIMIT ?2) AS page"
      " CROSS JOIN jobs ON jobs.id = page.id ORDER BY page.id",
      kJobColumns, ids);
}

std::string scan_condition(const JobFilter& filter) {
  const std::string in =
      filter.states.empty() ? "" : fmt::format(" AND state IN ({})", sql_list(filter.states));
  return in + error_condition(filter.error_like);
}

std::string scan_sql(const JobFilter& filter) {
  return fmt::format("SELECT {} FROM jobs NOT INDEXED WHERE id > ?1{} ORDER BY id LIMIT ?2",
                     kJobColumns, scan_condition(filter));
}

// Parked jobs have an index by due time only, all of which a page would have to read: so it is
// looked first whether the next jobs of all have the page.
constexpr int kNearJobs = 20'000;  // 3 ms

std::string near_sql(const JobFilter& filter) {
  return fmt::format(
      "SELECT count(*) FROM (SELECT 1 FROM jobs NOT INDEXED"
      " WHERE id > ?1 AND id <= ?1 + {}{} LIMIT ?2)",
      kNearJobs, scan_condition(filter));
}

bool may_be_parked(const JobFilter& filter) {
  return std::ranges::count(filter.states, JobState::ready) > 0;
}

}  // namespace

void SqliteReader::each_job(const JobFilter& filter,
                            const std::function<bool(const JobRow&)>& visit) {
  const auto bound = [&](const std::string& sql) {
    ReadStatement rows = select(sql);
    rows.bind(1, filter.after).bind(2, filter.limit > 0 ? filter.limit : -1);
    if (!filter.error_like.empty()) {
      rows.bind(3, filter.error_like);
    }
    return rows;
  };
  bool is_page = filter.limit > 0 && !filter.states.empty();
  if (is_page && may_be_parked(filter)) {
    ReadStatement near = bound(near_sql(filter));
    is_page = !near.step() || near.integer(0) < filter.limit;
  }
  ReadStatement rows = bound(is_page ? page_sql(filter) : scan_sql(filter));
  while (rows.step() && visit(job_row(rows))) {
  }
}

std::optional<JobDetail> SqliteReader::find_job(std::string_view key) {
  ReadStatement row =
      select(fmt::format("SELECT {}, epoch, worker_id FROM jobs WHERE key = ?1", kJobColumns));
  if (!row.bind(1, key).step()) {
    return std::nullopt;
  }
  JobDetail detail;
  detail.job = job_row(row);
  detail.epoch = row.integer(9);
  detail.worker = row.string(10);
  read_inputs(detail);
  read_attempts(detail);
  read_answer(detail);
  return detail;
}

void SqliteReader::read_inputs(JobDetail& detail) {
  ReadStatement rows = select(
      "SELECT batches.name, inputs.row, inputs.columns, inputs.mended"
      " FROM inputs INDEXED BY inputs_by_job JOIN batches ON batches.id = inputs.batch_id"
      " WHERE inputs.job_id = ?1 ORDER BY inputs.batch_id, inputs.row");
  rows.bind(1, detail.job.id);
  while (rows.step()) {
    detail.inputs.push_back({rows.string(0), rows.integer(1), rows.string(2), rows.string(3)});
  }
}

void SqliteReader::read_attempts(JobDetail& detail) {
  ReadStatement rows = select(
      "SELECT epoch, started_at_ms, duration_ms, outcome, http_status, error, retry_after_ms"
      " FROM attempts WHERE job_id = ?1 ORDER BY epoch");
  rows.bind(1, detail.job.id);
  while (rows.step()) {
    JobDetail::Attempt attempt;
    attempt.epoch = rows.integer(0);
    attempt.record.started_at = from_ms(rows.integer(1));
    attempt.record.duration = Millis(rows.integer(2));
    attempt.record.outcome = outcome_from(rows.text(3)).value_or(Outcome::failed);  // CHECKed
    attempt.record.http_status = static_cast<int>(rows.integer(4));
    attempt.record.error = rows.string(5);
    if (!rows.is_null(6)) {
      attempt.record.retry_after = Millis(rows.integer(6));
    }
    detail.attempts.push_back(std::move(attempt));
  }
}

void SqliteReader::read_answer(JobDetail& detail) {
  ReadStatement row = select(
      "SELECT http_status, content_type, etag, last_modified, fetched_at_ms, body"
      " FROM answers WHERE job_id = ?1");
  if (!row.bind(1, detail.job.id).step()) {
    return;
  }
  Answer answer;
  answer.http_status = static_cast<int>(row.integer(0));
  answer.content_type = row.string(1);
  answer.etag = row.string(2);
  answer.last_modified = row.string(3);
  answer.fetched_at = from_ms(row.integer(4));
  answer.body = row.string(5);
  detail.answer = std::move(answer);
}

}  // namespace dogged::sqlite
