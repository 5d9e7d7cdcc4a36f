// SPDX-License-Identifier: MIT
#include "store/sqlite/workers.h"

#include "base/error.h"
#include "job/retry_policy.h"
#include "store/sqlite/clock_step.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <set>

namespace dogged::sqlite {
namespace {

constexpr std::chrono::seconds kLongWait{3};  // for the write lock; see kClockStep

// Jobs given back in one transaction: others get their turn in between.
constexpr int kRecoveryGroup = 1000;

struct DeadLease {
  JobId id;
  std::int64_t epoch;
  int deaths;
};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    return "unknown";
  }
  return name.data();
}

std::vector<DeadLease> leases_of(WriteConnection& connection, const WorkerId& worker, int limit) {
  Prepared query(connection,
                 "SELECT id, epoch, deaths FROM jobs INDEXED BY jobs_leased "
                 "WHERE state = 'leased' AND worker_id = ?1 LIMIT ?2");
  query->bind(1, worker);
  query->bind(2, limit);
  std::vector<DeadLease> leases;
  while (query->executeStep()) {
    leases.push_back({query->getColumn(0).getInt64(), query->getColumn(1).getInt64(),
                      query->getColumn(2).getInt()});
  }
  return leases;
}

void note_interruption(WriteConnection& connection, const WorkerId& worker, const DeadLease& lease,
                       WallTime now) {
  Prepared insert(connection,
                  "INSERT INTO attempts (job_id, epoch, started_at_ms, duration_ms, outcome, error,"
                  " worker_id) VALUES (?1, ?2, ?3, 0, 'interrupted', 'the worker died', ?4)");
  insert->bind(1, lease.id);
  insert->bind(2, lease.epoch);
  insert->bind(3, to_ms(now));
  insert->bind(4, worker);
  (void)insert.run();
}

void give_back(WriteConnection& connection, JobId job, WallTime now) {
  Prepared update(connection,
                  "UPDATE jobs SET state = 'ready', worker_id = NULL, deaths = deaths + 1,"
                  " due_ms = min(due_ms, ?2) WHERE id = ?1");
  update->bind(1, job);
  update->bind(2, to_ms(now));
  (void)update.run();
}

void fail(WriteConnection& connection, JobId job, WallTime now) {
  Prepared update(connection,
                  "UPDATE jobs SET state = 'failed', worker_id = NULL, deaths = deaths + 1,"
                  " due_ms = 0, http_status = NULL, error = ?2, settled_at_ms = ?3 WHERE id = ?1");
  update->bind(1, job);
  update->bind(2, fmt::format("leased {} times in a row by workers that died", kMaxDeaths));
  update->bind(3, to_ms(now));
  (void)update.run();
}

int mark_ended(WriteConnection& connection, const WorkerId& worker, const std::string& because,
               WallTime now) {
  Prepared update(connection,
                  "UPDATE workers SET ended_at_ms = ?2, ended_because = ?3 "
                  "WHERE id = ?1 AND ended_at_ms IS NULL");
  update->bind(1, worker);
  update->bind(2, to_ms(now));
  update->bind(3, because);
  return update.run();
}

}  // namespace

WorkerId Workers::start(WallTime now) {
  WorkerId id = random_id();
  // The lock comes before the row: a row whose lock is free is a dead worker.
  if (!connection_.locks().hold_worker(id)) {
    throw Error(fmt::format("cannot start a worker: the id {} is taken; start again", id));
  }
  try {
    const auto asked = std::chrono::steady_clock::now();
    WriteTransaction transaction(connection_);
    // Others may have written while this one waited: it must not seem earlier than they. A wait
    // that is nothing beside a step of the clock is left out.
    const auto waited = std::chrono::steady_clock::now() - asked;
    if (waited >= kLongWait) {
      now += std::chrono::duration_cast<Millis>(waited);
    }
    heed_clock_set_back(connection_, now);
    Prepared insert(connection_,
                    "INSERT INTO workers (id, host, pid, started_at_ms, seen_at_ms) "
                    "VALUES (?1, ?2, ?3, ?4, ?4)");
    insert->bind(1, id);
    insert->bind(2, host_name());
    insert->bind(3, static_cast<std::int64_t>(::getpid()));
    insert->bind(4, to_ms(now));
    (void)insert.run();
    transaction.commit();
  } catch (...) {
    connection_.locks().release_worker(id);
    throw;
  }
  return id;
}

void Workers::heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look) {
  WriteTransaction transaction(connection_);
  const ClockSight sight = look();
  heed_clock_step(connection_, worker, sight);
  Prepared update(connection_, "UPDATE workers SET seen_at_ms = ?2 WHERE id = ?1");
  update->bind(1, worker);
  update->bind(2, to_ms(sight.now));
  (void)update.run();
  transaction.commit();
}

void Workers::end(const WorkerId& worker, std::string_view because, WallTime now) {
  {
    WriteTransaction transaction(connection_);
    Prepared update(connection_,
                    "UPDATE jobs INDEXED BY jobs_leased SET state = 'ready', worker_id = NULL "
                    "WHERE state = 'leased' AND worker_id = ?1");
    update->bind(1, worker);
    CounterChange change;
    change.move(JobState::leased, JobState::ready, update.run());
    change.save(connection_, worker);
    fold_counters(connection_, worker);
    (void)mark_ended(connection_, worker, std::string(because), now);  // 0: it has ended before
    transaction.commit();
  }
  connection_.locks().release_worker(worker);
}

// Those whose row says that they live, and those who hold leases without such a row, but whose lock
// is free.
std::vector<WorkerId> Workers::dead_workers() {
  std::set<WorkerId> candidates;
  {
    Prepared rows(connection_,
                  "SELECT id FROM workers INDEXED BY workers_alive WHERE ended_at_ms IS NULL");
    while (rows->executeStep()) {
      candidates.insert(rows->getColumn(0).getString());
    }
  }
  // One step in the index for each worker, however many jobs it has leased.
  Prepared next(connection_,
                "SELECT worker_id FROM jobs INDEXED BY jobs_leased "
                "WHERE state = 'leased' AND worker_id > ?1 ORDER BY worker_id LIMIT 1");
  WorkerId last;
  for (;;) {
    next->bind(1, last);
    if (!next->executeStep()) {
      break;
    }
    last = next->getColumn(0).getString();
    candidates.insert(last);
    next->reset();
  }
  std::vector<WorkerId> dead;
  for (const WorkerId& candidate : candidates) {
    if (!connection_.locks().worker_alive(candidate)) {
      dead.push_back(candidate);
    }
  }
  return dead;
}

// One transaction. False once nothing is left to do for that worker.
bool Workers::recover_some(const WorkerId& worker, WallTime now, Recovery& recovery) {
  WriteTransaction transaction(connection_);
  Recovery found = recovery;
  CounterChange change;
  const std::vector<DeadLease> leases = leases_of(connection_, worker, kRecoveryGroup);
  for (const DeadLease& lease : leases) {
    note_interruption(connection_, worker, lease, now);
    if (lease.deaths + 1 < kMaxDeaths) {
      give_back(connection_, lease.id, now);
      change.move(JobState::leased, JobState::ready);
      ++found.given_back;
    } else {
      fail(connection_, lease.id, now);
      change.move(JobState::leased, JobState::failed);
      ++found.failed;
    }
  }
  change.save(connection_, worker);
  const bool more = leases.size() == kRecoveryGroup;
  if (!more) {
    fold_counters(connection_, worker);
    found.dead_workers += mark_ended(connection_, worker, "died", now);
  }
  transaction.commit();
  recovery = found;
  return more;
}

Recovery Workers::recover_dead(WallTime now) {
  Recovery recovery;
  for (const WorkerId& worker : dead_workers()) {
    while (recover_some(worker, now, recovery)) {
    }
  }
  return recovery;
}

}  // namespace dogged::sqlite
