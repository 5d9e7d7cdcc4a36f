// SPDX-License-Identifier: MIT
#include "tests/fakes/memory_store.h"

#include "base/error.h"
#include "tests/fakes/memory_data.h"

#include <fmt/format.h>

#include <utility>

namespace dogged {

MemoryStore::MemoryStore() : shared_(std::make_shared<MemoryShared>()) {}
MemoryStore::MemoryStore(std::shared_ptr<MemoryShared> shared) : shared_(std::move(shared)) {}
MemoryStore::~MemoryStore() = default;

std::unique_ptr<MemoryStore> MemoryStore::another_handle() const {
  return std::unique_ptr<MemoryStore>(new MemoryStore(shared_));  // the constructor is private
}

std::unique_ptr<StoreReader> MemoryStore::reader() const {
  return make_memory_reader(shared_);
}

void MemoryStore::kill(const WorkerId& worker) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  for (WorkerInfo& info : shared.data.workers) {
    if (info.id == worker) {
      info.alive = false;
    }
  }
}

void MemoryStore::on_exchange(std::function<void(std::int64_t number)> hook) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  shared.hook = std::move(hook);
}

void MemoryStore::fail_exchange(std::int64_t number) {
  on_exchange([number](std::int64_t n) {
    if (n == number) {
      throw Error(Fault::store_unavailable, fmt::format("exchange {} fails on demand", n));
    }
  });
}

std::int64_t MemoryStore::exchanges() const {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.exchanges;
}

std::int64_t MemoryStore::leases() const {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.leases;
}

WorkerId MemoryStore::start_worker(WallTime now) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.data.start_worker(now);
}

void MemoryStore::heartbeat(const WorkerId& worker, const std::function<ClockSight()>& look) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  shared.data.heartbeat(worker, look());
}

void MemoryStore::end_worker(const WorkerId& worker, std::string_view because, WallTime now) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  shared.data.end_worker(worker, because, now);
}

Recovery MemoryStore::recover_dead_workers(WallTime now) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.data.recover_dead_workers(now);
}

Exchange MemoryStore::exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                               const LeaseRequest& request, WallTime now) {
  MemoryShared& shared = *shared_;
  std::function<void(std::int64_t)> hook;
  std::int64_t number = 0;
  {
    const MutexLock lock(shared.mutex);
    number = ++shared.exchanges;
    hook = shared.hook;
  }
  if (hook) {
    hook(number);
  }
  const MutexLock lock(shared.mutex);
  Exchange made = shared.data.exchange(worker, settlements, request, now);
  shared.leases += static_cast<std::int64_t>(made.leased.size());
  return made;
}

std::int64_t MemoryStore::requeue(const RequeueFilter& filter, WallTime /*now*/) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.data.requeue(filter);
}

std::unique_ptr<ImportSession> MemoryStore::begin_import(const BatchSpec& spec) {
  return make_memory_import(shared_, spec);
}

std::int64_t MemoryStore::remove_batch(std::string_view name, WallTime /*now*/) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  return shared.data.remove_batch(name);
}

std::optional<std::string> MemoryStore::setting(std::string_view key) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  const auto found = shared.data.settings.find(key);
  return found == shared.data.settings.end() ? std::nullopt : std::optional(found->second);
}

void MemoryStore::put_setting(std::string_view key, std::string_view value) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  shared.data.settings[std::string(key)] = value;
}

void MemoryStore::change_setting(
    std::string_view key,
    const std::function<std::string(const std::optional<std::string>&)>& change) {
  MemoryShared& shared = *shared_;
  const MutexLock lock(shared.mutex);
  const auto found = shared.data.settings.find(key);
  std::string value =
      change(found == shared.data.settings.end() ? std::nullopt : std::optional(found->second));
  shared.data.settings[std::string(key)] = std::move(value);
}

}  // namespace dogged
