// SPDX-License-Identifier: MIT
#include "store/sqlite/sqlite_store.h"

#include "base/error.h"
#include "store/sqlite/counters.h"
#include "store/sqlite/exchange.h"
#include "store/sqlite/import_survey.h"
#include "store/sqlite/sqlite_import.h"
#include "store/sqlite/upkeep.h"
#include "store/sqlite/workers.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

namespace dogged::sqlite {
namespace {

std::optional<std::string> read_setting(WriteConnection& connection, std::string_view key) {
  Prepared query(connection, "SELECT value FROM settings WHERE key = ?1");
  query->bind(1, std::string(key));
  return query->executeStep() ? std::optional(query->getColumn(0).getString()) : std::nullopt;
}

// In a write transaction.
void write_setting(WriteConnection& connection, std::string_view key, std::string_view value) {
  Prepared put(connection,
               "INSERT INTO settings (key, value) VALUES (?1, ?2) "
               "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  put->bind(1, std::string(key));
  put->bind(2, std::string(value));
  (void)put.run();
}

}  // namespace

SqliteStore::SqliteStore(const std::string& path, const StopSignal* stop)
    : connection_(std::make_shared<WriteConnection>(path, stop)),
      workers_(std::make_unique<Workers>(*connection_)),
      exchanger_(std::make_unique<Exchanger>(*connection_)) {}

SqliteStore::~SqliteStore() {
  connection_->locks().release_all_workers();  // an import session may keep the connection open
}

WorkerId SqliteStore::start_worker(WallTime now) {
  return translated(connection_->path(), [&] { return workers_->start(now); });
}

void SqliteStore::heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look) {
  translated(connection_->path(), [&] { workers_->heartbeat(worker, look); });
}

void SqliteStore::end_worker(const WorkerId& worker, std::string_view because, WallTime now) {
  translated(connection_->path(), [&] { workers_->end(worker, because, now); });
}

Recovery SqliteStore::recover_dead_workers(WallTime now) {
  return translated(connection_->path(), [&] { return workers_->recover_dead(now); });
}

Exchange SqliteStore::exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                               const LeaseRequest& request, WallTime now) {
  return translated(connection_->path(),
                    [&] { return exchanger_->exchange(worker, settlements, request, now); });
}

std::int64_t SqliteStore::requeue(const RequeueFilter& filter, WallTime /*now*/) {
  return translated(connection_->path(), [&] {
    WriteTransaction transaction(*connection_);
    CounterChange change;
    const std::int64_t requeued = requeue_jobs(*connection_, filter, change);
    change.save(*connection_, "");
    transaction.commit();
    return requeued;
  });
}

std::unique_ptr<ImportSession> SqliteStore::begin_import(const BatchSpec& spec) {
  return translated(connection_->path(),
                    [&] { return std::make_unique<SqliteImport>(connection_, spec); });
}

std::int64_t SqliteStore::remove_batch(std::string_view name, WallTime /*now*/) {
  return translated(connection_->path(), [&] {
    WriteTransaction transaction(*connection_);
    const auto batch = find_batch(*connection_, std::string(name));
    if (!batch) {
      throw Error(Fault::usage,
                  fmt::format("there is no batch {}; `dogged status` lists them", name));
    }
    CounterChange change;
    const std::int64_t removed = remove_batch_rows(*connection_, *batch, change);
    change.save(*connection_, "");
    bump_keys_version(*connection_);
    transaction.commit();
    return removed;
  });
}

std::optional<std::string> SqliteStore::setting(std::string_view key) {
  return translated(connection_->path(), [&] { return read_setting(*connection_, key); });
}

void SqliteStore::put_setting(std::string_view key, std::string_view value) {
  translated(connection_->path(), [&] {
    WriteTransaction transaction(*connection_);
    write_setting(*connection_, key, value);
    transaction.commit();
  });
}

void SqliteStore::change_setting(
    std::string_view key,
    const std::function<std::string(const std::optional<std::string>&)>& change) {
  translated(connection_->path(), [&] {
    WriteTransaction transaction(*connection_);
    write_setting(*connection_, key, change(read_setting(*connection_, key)));
    transaction.commit();
  });
}

}  // namespace dogged::sqlite
