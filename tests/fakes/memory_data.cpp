// SPDX-License-Identifier: MIT
#include "tests/fakes/memory_data.h"

#include "base/error.h"
#include "job/retry_policy.h"
#include "store/fleet_state.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

namespace dogged {

namespace {

bool is_answered(JobState state) {
  return state == JobState::done || state == JobState::not_found;
}

bool is_settled(JobState state) {
  return is_answered(state) || state == JobState::failed;
}

bool is_suspect(const MemoryJob& job) {
  return job.deaths > 0 && job.deaths >= kMaxDeaths - 1;
}

bool is_as_it_was(const Settlement& s) {
  return s.to == JobState::ready && s.attempts_added == 0 && s.refusals_added == 0;
}

void keep_answer(MemoryJob& job, const Answer& answer) {
  if (!job.answer || job.answer->body != answer.body) {
    job.changed_at = answer.fetched_at;
  }
  job.answer = answer;
}

bool matches(const MemoryJob& job, const RequeueFilter& filter) {
  return is_settled(job.state) && std::ranges::count(filter.states, job.state) > 0 &&
         (filter.keys.empty() || std::ranges::count(filter.keys, job.key) > 0) &&
         error_matches(filter.error_like, job.error) &&
         (!filter.settled_before || *job.settled_at < *filter.settled_before);
}

}  // namespace

bool error_matches(const std::string& pattern, const std::string& error) {
  if (pattern.find_first_of("*?") == std::string::npos) {
    return error.find(pattern) != std::string::npos;
  }
  return fnmatch(pattern.c_str(), error.c_str(), FNM_NOESCAPE) == 0;
}

void MemoryData::count(const MemoryJob& job, int by) {
  counters_.at(static_cast<std::size_t>(job.state)) += by;
  if (job.state == JobState::ready) {
    if (by > 0) {
      ready_.emplace(job.due_ms, job.id);
    } else {
      ready_.erase({job.due_ms, job.id});
    }
  }
}

void MemoryData::move(MemoryJob& job, JobState to, std::int64_t due_ms) {
  count(job, -1);
  if (job.state == JobState::leased) {
    leases_[job.worker].erase(job.id);
    job.worker.clear();
  }
  job.state = to;
  job.due_ms = due_ms;
  count(job, 1);
}

MemoryJob& MemoryData::add_job(const std::string& key) {
  const JobId id = ++last_job_;
  MemoryJob& job = jobs[id];
  job.id = id;
  job.key = key;
  by_key_[key] = id;
  count(job, 1);
  return job;
}

MemoryJob* MemoryData::find(std::string_view key) {
  const auto found = by_key_.find(std::string(key));
  return found == by_key_.end() ? nullptr : &jobs.at(found->second);
}

WorkerInfo* MemoryData::worker(const WorkerId& id) {
  const auto found = std::ranges::find(workers, id, &WorkerInfo::id);
  return found == workers.end() ? nullptr : &*found;
}

// As store/sqlite/clock_step.h.
void MemoryData::heed_clock_set_back(WallTime now) {
  if (std::ranges::any_of(workers, &WorkerInfo::alive)) {
    return;
  }
  WallTime seen = now;
  for (const WorkerInfo& info : workers) {
    seen = std::max(seen, info.seen_at);
  }
  const Millis step = step_of(now - seen, Millis(0), Millis(0));
  if (step == Millis(0)) {
    return;
  }
  move_jobs(ClockMove({now, step}));
  for (WorkerInfo& info : workers) {
    info.seen_at = std::min(info.seen_at, now);
  }
}

void MemoryData::move_jobs(const ClockMove& clock) {
  for (auto& [id, job] : jobs) {
    if (job.due_ms > 0) {
      count(job, -1);
      job.due_ms = to_ms(clock.moved(from_ms(job.due_ms)));
      count(job, 1);
    }
  }
}

void MemoryData::move_what_is_shared(const ClockMove& clock) {
  if (const auto wait = settings.find(setting::kWait);
      wait != settings.end() && wait->second != "0") {
    wait->second = std::to_string(to_ms(clock.moved(from_ms(std::stoll(wait->second)))));
  }
  FleetSettings texts;
  texts.outage = settings[std::string(setting::kOutage)];
  const FleetState before = to_state(texts);
  FleetState after = before;
  if (after.outage) {
    after.outage->since = clock.moved_past(after.outage->since);
  }
  for (const auto& [key, text] : changed_settings(before, after)) {
    settings[std::string(key)] = text;
  }
}

void MemoryData::heartbeat(const WorkerId& id, const ClockSight& sight) {
  WorkerInfo* const info = worker(id);
  if (info == nullptr) {
    return;
  }
  if (is_unheeded(sight, info->seen_at)) {
    const ClockMove clock(sight);
    move_jobs(clock);
    move_what_is_shared(clock);
    for (WorkerInfo& other : workers) {
      other.seen_at = other.ended_at ? other.seen_at : sight.now;
    }
  }
  info->seen_at = sight.now;
}

WorkerId MemoryData::start_worker(WallTime now) {
  heed_clock_set_back(now);
  WorkerInfo info;
  info.id = fmt::format("{:016x}", workers.size() + 1);
  info.host = "memory";
  info.pid = static_cast<std::int64_t>(workers.size() + 1);
  info.started_at = now;
  info.seen_at = now;
  info.alive = true;
  workers.push_back(info);
  members[info.id].id = info.id;
  return info.id;
}

void MemoryData::end_worker(const WorkerId& id, std::string_view because, WallTime now) {
  const std::set<JobId> held = leases_[id];
  for (const JobId job : held) {
    move(jobs.at(job), JobState::ready, jobs.at(job).due_ms);
  }
  leases_.erase(id);
  if (WorkerInfo* info = worker(id); info != nullptr && !info->ended_at) {
    info->alive = false;
    info->ended_at = now;
    info->ended_because = because;
  }
}

void MemoryData::give_back_from_the_dead(MemoryJob& job, WallTime now, Recovery& recovery) {
  AttemptRecord record;
  record.started_at = now;
  record.outcome = Outcome::interrupted;
  record.error = "the worker died";
  keep_attempt(job, job.epoch, record);
  ++job.deaths;
  if (job.deaths < kMaxDeaths) {
    move(job, JobState::ready, std::min(job.due_ms, to_ms(now)));
    ++recovery.given_back;
    return;
  }
  move(job, JobState::failed, 0);
  job.error = fmt::format("leased {} times in a row by workers that died", kMaxDeaths);
  job.settled_at = now;
  ++recovery.failed;
}

Recovery MemoryData::recover_dead_workers(WallTime now) {
  Recovery recovery;
  for (WorkerInfo& info : workers) {
    if (info.alive || info.ended_at) {
      continue;
    }
    const std::set<JobId> held = leases_[info.id];
    for (const JobId job : held) {
      give_back_from_the_dead(jobs.at(job), now, recovery);
    }
    leases_.erase(info.id);
    info.ended_at = now;
    info.ended_because = "died";
    ++recovery.dead_workers;
  }
  return recovery;
}

void MemoryData::keep_attempt(MemoryJob& job, std::int64_t epoch, const AttemptRecord& record) {
  job.attempt_rows.push_back({epoch, record});
  job.first_attempt = std::min(job.first_attempt.value_or(record.started_at), record.started_at);
}

bool MemoryData::settle(const WorkerId& worker, const Settlement& s) {
  const auto found = jobs.find(s.job);
  if (found == jobs.end() || found->second.state != JobState::leased ||
      found->second.worker != worker || found->second.epoch != s.epoch) {
    return false;
  }
  MemoryJob& job = found->second;
  const bool goes_on = s.to == JobState::ready;
  if (!is_as_it_was(s)) {
    job.deaths = 0;
    job.http_status = s.http_status;
    job.error = s.error;
  }
  job.attempts += s.attempts_added;
  job.refusals += s.refusals_added;
  job.settled_at = goes_on ? std::nullopt : std::optional(s.at);
  if (s.answer) {
    keep_answer(job, *s.answer);
  }
  if (s.attempt) {
    keep_attempt(job, s.epoch, *s.attempt);
  }
  const std::int64_t kept_due = goes_on ? job.due_ms : 0;
  move(job, s.to, goes_on && s.due ? to_ms(*s.due) : kept_due);
  return true;
}

LeasedJob MemoryData::lease_one(const WorkerId& worker, MemoryJob& job) {
  const std::int64_t due_ms = job.due_ms;
  move(job, JobState::leased, due_ms);
  job.worker = worker;
  leases_[worker].insert(job.id);
  ++job.epoch;
  LeasedJob lease;
  lease.id = job.id;
  lease.key = job.key;
  lease.epoch = job.epoch;
  lease.attempts = job.attempts;
  lease.refusals = job.refusals;
  lease.deaths = job.deaths;
  lease.due = from_ms(due_ms);
  if (job.attempts + job.refusals > 0) {
    lease.first_attempt = job.first_attempt;
  }
  lease.columns = job.columns;
  lease.id_column = job.id_column;
  return lease;
}

void MemoryData::lease(const WorkerId& worker, const LeaseRequest& request, WallTime now,
                       std::vector<LeasedJob>& leased) {
  const bool holds_a_suspect =
      std::ranges::any_of(leases_[worker], [this](JobId id) { return is_suspect(jobs.at(id)); });
  if (holds_a_suspect || request.max <= 0) {
    return;
  }
  std::vector<JobId> chosen;
  std::optional<JobId> suspect;
  const auto choose = [&](auto from, auto to) {
    for (; from != to && std::ssize(chosen) < request.max; ++from) {
      if (!is_suspect(jobs.at(from->second))) {
        chosen.push_back(from->second);
      } else if (!suspect) {
        suspect = from->second;
      }
    }
  };
  const auto fresh_end = ready_.lower_bound({1, 0});
  const std::int64_t due = to_ms(std::max(now, request.due_until.value_or(now)));
  choose(fresh_end, ready_.lower_bound({std::max<std::int64_t>(due, 0) + 1, 0}));
  choose(ready_.begin(), fresh_end);
  if (chosen.empty() && suspect && request.idle) {
    chosen.push_back(*suspect);
  }
  for (const JobId id : chosen) {
    leased.push_back(lease_one(worker, jobs.at(id)));
  }
}

FleetView MemoryData::exchange_with_members(const WorkerId& worker, const FleetRequest& request,
                                            WallTime now) {
  FleetSettings texts;
  for (const auto& [key, value] : settings) {
    if (std::string* const text = texts.find(key)) {
      *text = value;
    }
  }
  Fleet fleet;
  fleet.state = to_state(texts);
  std::optional<std::size_t> self;
  for (const WorkerInfo& info : workers) {
    if (info.alive) {
      if (info.id == worker) {
        self = fleet.members.size();
      }
      fleet.members.push_back(members.at(info.id));
      fleet.members.back().seen_at = info.seen_at;
    }
  }
  if (!self) {
    return view_without_part(fleet);
  }
  const FleetState before = fleet.state;
  FleetView view = exchange_with_fleet(fleet, *self, request, now);
  members.at(worker) = fleet.members[*self];
  this->worker(worker)->seen_at = fleet.members[*self].seen_at;
  for (const auto& [key, text] : changed_settings(before, fleet.state)) {
    settings[std::string(key)] = text;
  }
  return view;
}

Exchange MemoryData::exchange(const WorkerId& worker, std::span<const Settlement> settlements,
                              const LeaseRequest& request, WallTime now) {
  Exchange result;
  result.fleet = exchange_with_members(worker, request.fleet, now);  // throws before all else
  for (const Settlement& settlement : settlements) {
    if (!settle(worker, settlement)) {
      result.too_late.push_back(settlement.job);
    }
  }
  lease(worker, request, now, result.leased);
  result.outlook = outlook(now);
  return result;
}

QueueOutlook MemoryData::outlook(WallTime now) const {
  const auto n = [this](JobState state) { return counters_.at(static_cast<std::size_t>(state)); };
  QueueOutlook outlook{n(JobState::ready),     n(JobState::leased), n(JobState::done),
                       n(JobState::not_found), n(JobState::failed), {}};
  if (!ready_.empty() && ready_.begin()->first > to_ms(now)) {
    outlook.next_due = from_ms(ready_.begin()->first);
  }
  return outlook;
}

std::int64_t MemoryData::parked(WallTime now) const {
  return std::distance(ready_.lower_bound({to_ms(now) + 1, 0}), ready_.end());
}

void MemoryData::ask_again(MemoryJob& job) {
  job.attempts = job.refusals = job.deaths = 0;
  job.http_status = 0;
  job.error.clear();
  job.settled_at.reset();
  job.first_attempt.reset();
  move(job, JobState::ready, 0);
}

std::int64_t MemoryData::requeue(const RequeueFilter& filter) {
  std::int64_t requeued = 0;
  for (auto& [id, job] : jobs) {
    if (matches(job, filter)) {
      ask_again(job);
      ++requeued;
    }
  }
  return requeued;
}

bool MemoryData::has_batch(std::string_view name) const {
  return std::ranges::any_of(batches,
                             [&](const auto& entry) { return entry.second.info.name == name; });
}

std::int64_t MemoryData::remove_batch(std::string_view name) {
  const auto batch = std::ranges::find_if(
      batches, [&](const auto& entry) { return entry.second.info.name == name; });
  if (batch == batches.end()) {
    throw Error(Fault::usage, fmt::format("there is no batch {}", name));
  }
  std::set<JobId> alone;
  for (const MemoryInput& input : batch->second.inputs) {
    if (input.job) {
      alone.insert(*input.job);
    }
  }
  batches.erase(batch);
  for (const auto& [id, other] : batches) {
    for (const MemoryInput& input : other.inputs) {
      if (input.job && alone.erase(*input.job) > 0) {
        jobs.at(*input.job).columns = input.columns;  // its first input is now this one
        jobs.at(*input.job).id_column = other.info.id_column;
      }
    }
  }
  std::int64_t removed = 0;
  for (const JobId id : alone) {
    if (jobs.at(id).state != JobState::leased) {
      count(jobs.at(id), -1);
      by_key_.erase(jobs.at(id).key);
      jobs.erase(id);
      ++removed;
    }
  }
  return removed;
}

}  // namespace dogged
