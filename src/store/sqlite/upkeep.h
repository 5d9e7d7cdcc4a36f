// SPDX-License-Identifier: MIT
// What people do to jobs and batches that are there: ask again, remove. In a transaction of the
// caller's; SQLiteCpp's exceptions come through.
#pragma once

#include "store/job_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dogged::sqlite {

class CounterChange;
class WriteConnection;

// JobStore::requeue.
std::int64_t requeue_jobs(WriteConnection& connection, const RequeueFilter& filter,
                          CounterChange& change);

// Makes one job that was settled before `settled_before` ready again. False where it was not.
bool requeue_job(WriteConnection& connection, JobId job, WallTime settled_before,
                 CounterChange& change);

std::optional<std::int64_t> find_batch(WriteConnection& connection, const std::string& name);

// Removes a batch with its rows, and the jobs that no other batch has and that are not leased. How
// many jobs.
std::int64_t remove_batch_rows(WriteConnection& connection, std::int64_t batch,
                               CounterChange& change);

}  // namespace dogged::sqlite
