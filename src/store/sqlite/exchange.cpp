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
    "ON CONFLICT (job_id) DO UPDATE SET http_status = excluded.http_status,"
    " content_type = excluded.content_type, etag = excluded.etag,"
    " last_modified = excluded.last_modified, fetched_at_ms = excluded.fetched_at_ms,"
    " checked_at_ms = excluded.checked_at_ms,"
    " changed_at_ms = CASE WHEN body = excluded.body THEN changed_at_ms"
    " ELSE excluded.changed_at_ms END, body = excluded.body";

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
    "UPDATE jobs SET state = 'leased', worker_id = ?2, epoch = epoch + 1 WHERE id = ?1";

constexpr char kFirstInput[] =
    "SELECT inputs.columns, batches.id_column "
    "FROM inputs INDEXED BY inputs_by_job JOIN batches ON batches.id = inputs.batch_id "
    "WHERE inputs.job_id = ?1 ORDER BY inputs.batch_id, inputs.row LIMIT 1";

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

void bind_settlement(SQLite::Statement& statement, const Settlement& s) {
  const bool goes_on = s.to == JobState::ready;
  statement.bind(1, s.job);
  statement.bind(2, s.epoch);
  statement.bind(3, std::string(word(s.to)));
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
  for (const Settlement& settlement : settlements) {
    bind_settlement(*update, settlement);
    update->bindNoCopy(11, worker);
    if (update.run() == 0) {
      too_late.push_back(settlement.job);
      continue;
    }
    change.move(JobState::leased, settlement.to);
    if (settlement.answer) {
      store_answer(settlement);
    }
    if (settlement.attempt) {
      store_attempt(worker, settlement);
    }
  }
}

void Exchanger::store_answer(const Settlement& settlement) {
  const Answer& answer = *settlement.answer;
  Prepared insert(connection_, kStoreAnswer);
  insert->bind(1, settlement.job);
  insert->bind(2, answer.http_status);
  bind_text_or_null(*insert, 3, answer.content_type);
  bind_text_or_null(*insert, 4, answer.etag);
  bind_text_or_null(*insert, 5, answer.last_modified);
  insert->bind(6, to_ms(answer.fetched_at));
  if (is_text(answer.body)) {
    insert->bindNoCopy(7, answer.body);
  } else {
    insert->bindNoCopy(7, answer.body.data(), static_cast<int>(answer.body.size()));
  }
  (void)insert.run();
}

void Exchanger::store_attempt(const WorkerId& worker, const Settlement& settlement) {
  const AttemptRecord& attempt = *settlement.attempt;
  Prepared insert(connection_, kStoreAttempt);
  insert->bind(1, settlement.job);
  insert->bind(2, settlement.epoch);
  insert->bind(3, to_ms(attempt.started_at));
  insert->bind(4, std::max<std::int64_t>(attempt.duration.count(), 0));
  insert->bind(5, std::string(word(attempt.outcome)));
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
  Prepared update(connection_, kLease);
  Prepared first_input(connection_, kFirstInput);
  for (LeasedJob& job : jobs) {
    update->bind(1, job.id);
    update->bindNoCopy(2, worker);
    (void)update.run();
    ++job.epoch;
    first_input->bind(1, job.id);
    if (first_input->executeStep()) {
      job.columns = first_input->getColumn(0).getString();
      job.id_column = first_input->getColumn(1).getString();
    }
    first_input->reset();
    if (job.attempts + job.refusals > 0) {
      job.first_attempt = first_attempt(job);
    }
  }
}

std::optional<WallTime> Exchanger::first_attempt(const LeasedJob& job) {
  Prepared query(connection_, kFirstAttempt);
  query->bind(1, job.id);
  query->bind(2, job.attempts + job.refusals);
  return query->executeStep() ? std::optional(from_ms(query->getColumn(0).getInt64()))
                              : std::nullopt;
}

}  // namespace dogged::sqlite
