// SPDX-License-Identifier: MIT
#include "store/sqlite/exchange.h"

#include "base/text.h"
#include "job/retry_policy.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>

namespace dogged::sqlite {
namespace {

// The partial indexes of schema 1 hold this number.
static_assert(kMaxDeaths - 1 == 2, "a suspect has deaths >= 2 in the schema's indexes");

// ?4 attempts, ?5 refusals, ?6 due (NULL: as it was), ?7 as it was, ?10 settled (NULL: not settled)
constexpr char kSettle[] =
    "UPDATE jobs SET state = ?3, attempts = attempts + ?4, refusals = refusals + ?5,"
    " deaths = CASE WHEN ?7 THEN deaths ELSE 0 END,"
    " due_ms = coalesce(?6, due_ms), worker_id = NULL,"
    " http_status = CASE WHEN ?7 THEN http_status ELSE ?8 END,"
    " error = CASE WHEN ?7 THEN error ELSE ?9 END, settled_at_ms = ?10 "
    "WHERE id = ?1 AND epoch = ?2 AND state = 'leased' AND worker_id = ?11";

constexpr char kStoreAnswer[] =
    "INSERT INTO answers (job_id, http_status, content_type, etag, last_modified, fetched_at_ms,"
    " checked_at_ms, changed_at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7) "
    "ON CONFLICT (job_id) DO NOTHING";

// Where there is one already. Apart from the first, which costs a third less without it.
constexpr char kReplaceAnswer[] =
    "UPDATE answers SET http_status = ?2, content_type = ?3, etag = ?4, last_modified = ?5,"
    " fetched_at_ms = ?6, checked_at_ms = ?6,"
    " changed_at_ms = CASE WHEN body = ?7 THEN changed_at_ms ELSE ?6 END, body = ?7 "
    "WHERE job_id = ?1";

constexpr char kStoreAttempt[] =
    "INSERT INTO attempts (job_id, epoch, started_at_ms, duration_ms, outcome, http_status, error,"
    " retry_after_ms, worker_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

constexpr char kChooseDue[] =
    "SELECT id, key, epoch, attempts, refusals, deaths, due_ms FROM jobs INDEXED BY jobs_due "
    "WHERE state = 'ready' AND due_ms > 0 AND deaths < 2 AND due_ms <= ?1 "
    "ORDER BY due_ms, id LIMIT ?2";

constexpr char kChooseFresh[] =
    "SELECT id, key, epoch, attempts, refusals, deaths, due_ms FROM jobs INDEXED BY jobs_fresh "
    "WHERE state = 'ready' AND due_ms = 0 AND deaths < 2 ORDER BY id LIMIT ?1";

constexpr char kChooseSuspect[] =
    "SELECT id, key, epoch, attempts, refusals, deaths, due_ms FROM jobs INDEXED BY jobs_suspect "
    "WHERE state = 'ready' AND deaths >= 2 AND due_ms <= ?1 ORDER BY id LIMIT 1";

constexpr char kLease[] =
    "UPDATE jobs NOT INDEXED SET state = 'leased', worker_id = ?3, epoch = epoch + 1 "
    "WHERE id BETWEEN ?1 AND ?2";

// The first row of each job comes before its others.
constexpr char kInputs[] =
    "SELECT job_id, batch_id, columns FROM inputs INDEXED BY inputs_by_job "
    "WHERE job_id BETWEEN ?1 AND ?2 ORDER BY job_id, batch_id, row";
// A job with more rows than these is stepped over by its key: it may have millions.
constexpr int kFewInputs = 8;

constexpr char kIdColumn[] = "SELECT id_column FROM batches WHERE id = ?1";

// Every request that ended but a plain success has a row of its own, interruptions aside; the first
// since the job was last made ready anew is as many rows back as it counts.
constexpr char kFirstAttempt[] =
    "SELECT started_at_ms FROM attempts WHERE job_id = ?1 AND outcome <> 'interrupted' "
    "ORDER BY epoch DESC LIMIT 1 OFFSET ?2 - 1";

bool as_it_was(const Settlement& s) {
  return s.to == JobState::ready && s.attempts_added == 0 && s.refusals_added == 0;
}

// SQL's text functions stop at a NUL, so a body that has one is a blob too.
bool is_text(const std::string& body) {
  return body.find('\0') == std::string::npos && is_utf8(body);
}

void take_all(Prepared& query, std::vector<LeasedJob>& jobs) {
  while (query->executeStep()) {
    LeasedJob job;
    job.id = query->getColumn(0).getInt64();
    job.key = query->getColumn(1).getString();
    job.epoch = query->getColumn(2).getInt64();
    job.attempts = query->getColumn(3).getInt();
    job.refusals = query->getColumn(4).getInt();
    job.deaths = query->getColumn(5).getInt();
    job.due = from_ms(query->getColumn(6).getInt64());
    jobs.push_back(std::move(job));
  }
}

// Sorted by job: in that order each page is found, and filled, once. Of two settlements of one job
// the first stays first.
std::vector<const Settlement*> by_job(std::span<const Settlement> settlements) {
  std::vector<const Settlement*> sorted;
  sorted.reserve(settlements.size());
  for (const Settlement& settlement : settlements) {
    sorted.push_back(&settlement);
  }
  std::ranges::stable_sort(sorted, {}, &Settlement::job);
  return sorted;
}

// Jobs with ids that follow on each other: begin to end - 1.
struct Run {
  std::vector<LeasedJob*>::iterator begin;
  std::vector<LeasedJob*>::iterator end;
};

Run next_run(std::vector<LeasedJob*>::iterator begin, std::vector<LeasedJob*>::iterator last) {
  auto end = begin + 1;
  while (end != last && (*end)->id == (*(end - 1))->id + 1) {
    ++end;
  }
  return {begin, end};
}

void bind_settlement(SQLite::Statement& statement, const Settlement& s) {
  const bool goes_on = s.to == JobState::ready;
  statement.bind(1, s.job);
  statement.bind(2, s.epoch);
  bind_word(statement, 3, word(s.to));
  statement.bind(4, s.attempts_added);
  statement.bind(5, s.refusals_added);
  if (goes_on && !s.due) {
    statement.bind(6);
  } else {
    statement.bind(6, goes_on ? std::max<std::int64_t>(to_ms(*s.due), 0) : 0);
  }
  statement.bind(7, as_it_was(s) ? 1 : 0);
  bind_or_null_if_zero(statement, 8, s.http_status);
  bind_text_or_null(statement, 9, s.error);
  if (goes_on) {
    statement.bind(10);
  } else {
    statement.bind(10, to_ms(s.at));
  }
}

void bind_answer(SQLite::Statement& statement, const Settlement& settlement) {
  const Answer& answer = *settlement.answer;
  statement.bind(1, settlement.job);
  statement.bind(2, answer.http_status);
  bind_text_or_null(statement, 3, answer.content_type);
  bind_text_or_null(statement, 4, answer.etag);
  bind_text_or_null(statement, 5, answer.last_modified);
  statement.bind(6, to_ms(answer.fetched_at));
  if (is_text(answer.body)) {
    statement.bindNoCopy(7, answer.body);
  } else {
    statement.bindNoCopy(7, answer.body.data(), static_cast<int>(answer.body.size()));
  }
}

}  // namespace

Exchange Exchanger::exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                             const LeaseRequest& request, WallTime now) {
  const bool may_lease = request.max > 0 && !holds_suspect(worker, settlements);
  if (settlements.empty() && !may_lease) {
    if (auto seen = only_look(worker, request.fleet, now)) {
      return *std::move(seen);
    }
  }
  Exchange result;
  WriteTransaction transaction(connection_);
  CounterChange change;
  settle(worker, settlements, change, result.too_late);
  if (may_lease) {
    result.leased = choose(request, now);
    lease(worker, result.leased);
    change.move(JobState::ready, JobState::leased, std::ssize(result.leased));
  }
  change.save(connection_, worker);
  result.fleet = fleet_.exchange(worker, request.fleet, now);
  result.outlook = read_outlook(connection_, now);
  transaction.commit();
  if (!holds_suspect(worker, settlements)) {
    suspects_.erase(worker);
  }
  if (!result.leased.empty() && result.leased.front().deaths >= kMaxDeaths - 1) {
    suspects_[worker] = result.leased.front().id;
  }
  return result;
}

// Neither waits for those who write nor writes itself. Nothing where there is something to write.
std::optional<Exchange> Exchanger::only_look(const WorkerId& worker, const FleetRequest& request,
                                             WallTime now) {
  const ReadTransaction snapshot(connection_);
  auto view = fleet_.peek(worker, request, now);
  if (!view) {
    return std::nullopt;
  }
  Exchange result;
  result.fleet = *std::move(view);
  result.outlook = read_outlook(connection_, now);
  return result;
}

// After `settlements`.
bool Exchanger::holds_suspect(const WorkerId& worker,
                              std::span<const Settlement> settlements) const {
  const auto held = suspects_.find(worker);
  return held != suspects_.end() &&
         std::ranges::find(settlements, held->second, &Settlement::job) == settlements.end();
}

void Exchanger::settle(const WorkerId& worker, std::span<const Settlement> settlements,
                       CounterChange& change, std::vector<JobId>& too_late) {
  Prepared update(connection_, kSettle);
  for (const Settlement* const settlement : by_job(settlements)) {
    bind_settlement(*update, *settlement);
    update->bindNoCopy(11, worker);
    if (update.run() == 0) {
      too_late.push_back(settlement->job);
      continue;
    }
    change.move(JobState::leased, settlement->to);
    if (settlement->answer) {
      store_answer(*settlement);
    }
    if (settlement->attempt) {
      store_attempt(worker, *settlement);
    }
  }
}

void Exchanger::store_answer(const Settlement& settlement) {
  Prepared insert(connection_, kStoreAnswer);
  bind_answer(*insert, settlement);
  if (insert.run() == 0) {
    Prepared replace(connection_, kReplaceAnswer);
    bind_answer(*replace, settlement);
    (void)replace.run();
  }
}

void Exchanger::store_attempt(const WorkerId& worker, const Settlement& settlement) {
  const AttemptRecord& attempt = *settlement.attempt;
  Prepared insert(connection_, kStoreAttempt);
  insert->bind(1, settlement.job);
  insert->bind(2, settlement.epoch);
  insert->bind(3, to_ms(attempt.started_at));
  insert->bind(4, std::max<std::int64_t>(attempt.duration.count(), 0));
  bind_word(*insert, 5, word(attempt.outcome));
  bind_or_null_if_zero(*insert, 6, attempt.http_status);
  bind_text_or_null(*insert, 7, attempt.error);
  if (attempt.retry_after) {
    insert->bind(8, std::max<std::int64_t>(attempt.retry_after->count(), 0));
  } else {
    insert->bind(8);
  }
  insert->bindNoCopy(9, worker);
  (void)insert.run();
}

std::vector<LeasedJob> Exchanger::choose(const LeaseRequest& request, WallTime now) {
  std::vector<LeasedJob> chosen;
  {
    Prepared due(connection_, kChooseDue);
    due->bind(1, to_ms(std::max(now, request.due_until.value_or(now))));
    due->bind(2, request.max);
    take_all(due, chosen);
  }
  const int left = request.max - static_cast<int>(chosen.size());
  if (left > 0) {
    Prepared fresh(connection_, kChooseFresh);
    fresh->bind(1, left);
    take_all(fresh, chosen);
  }
  if (chosen.empty() && request.idle) {
    choose_suspect(now, chosen);
  }
  return chosen;
}

void Exchanger::choose_suspect(WallTime now, std::vector<LeasedJob>& chosen) {
  Prepared suspect(connection_, kChooseSuspect);
  suspect->bind(1, to_ms(now));
  take_all(suspect, chosen);
}

void Exchanger::lease(const WorkerId& worker, std::vector<LeasedJob>& jobs) {
  std::vector<LeasedJob*> by_id;
  by_id.reserve(jobs.size());
  for (LeasedJob& job : jobs) {
    by_id.push_back(&job);
    if (job.attempts + job.refusals > 0) {
      job.first_attempt = first_attempt(job);
    }
  }
  std::ranges::sort(by_id, {}, &LeasedJob::id);
  IdColumns id_columns;
  for (auto next = by_id.begin(); next != by_id.end();) {
    const Run run = next_run(next, by_id.end());
    lease_run({run.begin, run.end}, worker);
    read_inputs({run.begin, run.end}, id_columns);
    next = run.end;
  }
}

// All ids between the first and the last.
void Exchanger::lease_run(std::span<LeasedJob* const> run, const WorkerId& worker) {
  Prepared update(connection_, kLease);
  update->bind(1, run.front()->id);
  update->bind(2, run.back()->id);
  update->bindNoCopy(3, worker);
  (void)update.run();
  for (LeasedJob* const job : run) {
    ++job->epoch;
  }
}

// The same.
void Exchanger::read_inputs(std::span<LeasedJob* const> run, IdColumns& id_columns) {
  Prepared inputs(connection_, kInputs);
  const JobId last = run.back()->id;
  JobId from = run.front()->id;
  while (from <= last) {
    inputs->bind(1, from);
    inputs->bind(2, last);
    from = last + 1;
    JobId current = 0;  // ids begin at 1
    for (int rows = 0; inputs->executeStep(); ++rows) {
      const JobId id = inputs->getColumn(0).getInt64();
      if (id != current) {
        LeasedJob& job = *run[static_cast<std::size_t>(id - run.front()->id)];
        job.columns = inputs->getColumn(2).getString();
        job.id_column = id_column_of(inputs->getColumn(1).getInt64(), id_columns);
        current = id;
        rows = 0;
      } else if (rows >= kFewInputs) {
        from = id + 1;
        break;
      }
    }
    inputs->reset();
  }
}

const std::string& Exchanger::id_column_of(std::int64_t batch, IdColumns& known) {
  auto found = known.find(batch);
  if (found == known.end()) {
    Prepared query(connection_, kIdColumn);
    query->bind(1, batch);
    found = known.emplace(batch, query->executeStep() ? query->getColumn(0).getString() : "").first;
  }
  return found->second;
}

std::optional<WallTime> Exchanger::first_attempt(const LeasedJob& job) {
  Prepared query(connection_, kFirstAttempt);
  query->bind(1, job.id);
  query->bind(2, job.attempts + job.refusals);
  return query->executeStep() ? std::optional(from_ms(query->getColumn(0).getInt64()))
                              : std::nullopt;
}

}  // namespace dogged::sqlite
