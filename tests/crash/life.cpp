// SPDX-License-Identifier: MIT
#include "tests/crash/life.h"

#include "store/store_reader.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace dogged::crash {
namespace {

const WallTime kBegin = from_ms(1'790'000'000'000);

WallTime time_of(int at) {
  return kBegin + std::chrono::seconds(at);
}

// Not compressible to a pattern that a torn page would show again.
std::string body_of(const std::string& key, std::int64_t epoch, std::size_t size) {
  std::string body = fmt::format(R"({{"key":"{}","epoch":{},"text":")", key, epoch);
  std::uint64_t state = std::hash<std::string>()(key) + static_cast<std::uint64_t>(epoch);
  while (body.size() < size) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    std::array<char, 12> block{};
    for (unsigned i = 0; i < block.size(); ++i) {
      block[i] = "abcdefghijklmnopqrstuvwxyz0123456"[(state >> (5 * i)) & 31U];
    }
    body.append(block.data(), block.size());
  }
  return body + "\"}";
}

// Outcomes by the job's id, so that each kind comes in each exchange.
Settlement settlement_of(const LeasedJob& job, WallTime now, std::size_t body) {
  Settlement s;
  s.job = job.id;
  s.epoch = job.epoch;
  s.at = now;
  s.attempts_added = 1;
  switch (job.id % 8) {
    case 5:
      s.to = JobState::failed;
      s.http_status = 400;
      s.error = "HTTP 400";
      s.attempt = AttemptRecord{now, Millis(20), Outcome::failed, 400, "HTTP 400", {}};
      break;
    case 6:
      s.to = JobState::ready;
      s.due = now + std::chrono::seconds(2);
      s.http_status = 500;
      s.error = "HTTP 500";
      s.attempt = AttemptRecord{now, Millis(30), Outcome::retry, 500, "HTTP 500", Millis(2000)};
      break;
    case 7:
      s.to = JobState::not_found;
      s.http_status = 404;
      s.answer = Answer{404, "application/json", "", "", now, "{}"};
      break;
    default:
      s.to = JobState::done;
      s.http_status = 200;
      s.answer =
          Answer{200, "application/json", "\"etag\"", "", now, body_of(job.key, job.epoch, body)};
  }
  return s;
}

std::vector<Settlement> settlements_of(const std::vector<LeasedJob>& leased, WallTime now,
                                       std::size_t body) {
  std::vector<Settlement> settlements;
  for (const LeasedJob& job : leased) {
    settlements.push_back(settlement_of(job, now, body));
  }
  return settlements;
}

// --- what a store holds

class Connection {
 public:
  explicit Connection(const std::string& path) {
    const int code = sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr);
    if (code != SQLITE_OK) {
      throw std::runtime_error("cannot look at " + path);
    }
    int now = 0;
    (void)sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &now);
  }
  ~Connection() { (void)sqlite3_close(handle_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Each row as one line.
  std::vector<std::string> lines(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(handle_));
    }
    std::vector<std::string> lines;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      std::string line;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = static_cast<const char*>(sqlite3_column_blob(statement, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        const bool null = sqlite3_column_type(statement, i) == SQLITE_NULL;
        line += null ? "NULL" : std::string(text == nullptr ? "" : text, size);
        line += '|';
      }
      lines.push_back(std::move(line));
    }
    (void)sqlite3_finalize(statement);
    if (code != SQLITE_DONE) {
      throw std::runtime_error(sqlite3_errmsg(handle_));
    }
    return lines;
  }

 private:
  sqlite3* handle_ = nullptr;
};

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

bool is_there(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return !error && size > 0;
}

}  // namespace

Step open_step() {
  return {"open", [](Life& life) { life.store = open_store(life.path, IfAbsent::create); }};
}

Step close_step() {
  return {"close", [](Life& life) {
            life.store.reset();
            life.leased.clear();
          }};
}

Step import_step(const std::string& name, int first, int rows, const std::string& replace) {
  return {"import", [=](Life& life) {
            BatchSpec spec;
            spec.name = name;
            spec.file = "/data/" + name;
            spec.id_options = "column=id";
            spec.header = {"id", "name"};
            spec.id_column = "id";
            spec.replace = replace;
            spec.now = kBegin + std::chrono::seconds(first);
            const auto session = life.store->begin_import(spec);
            for (int i = 0; i < rows; ++i) {
              if (i % 20 == 19) {
                session->reject({i + 1, i + 2, "", "a,\"b", "broken quotes"});
                continue;
              }
              // Keys in no order, some of them twice.
              const int n = first + (i % 20 == 18 ? 0 : (i * 7919) % 100'003);
              session->add({i + 1, i + 2, fmt::format("key-{:06}", n),
                            i % 3 == 0 ? fmt::format(R"({{"id":"{}","name":"n{}"}})", n, i) : "",
                            i % 5 == 0 ? "case" : "", ""});
            }
            (void)session->commit(fmt::format("sha-{}-{}-{}", name, first, rows));
          }};
}

Step worker_step(int at) {
  return {"start a worker",
          [=](Life& life) { life.worker = life.store->start_worker(time_of(at)); }};
}

Step exchange_step(int at, int n, std::size_t body) {
  return {"exchange", [=](Life& life) {
            LeaseRequest request;
            request.max = n;
            request.idle = true;
            request.fleet.caps.max_concurrency = 64;
            request.fleet.caps.quota = parse_quota("1000000/day").value();
            request.fleet.starts = n;
            life.leased =
                life.store
                    ->exchange(life.worker, settlements_of(life.leased, time_of(at), body), request,
                               time_of(at))
                    .leased;
          }};
}

Step heartbeat_step(int at) {
  return {"heartbeat", [=](Life& life) {
            life.store->heartbeat(life.worker, [at] { return ClockSight{time_of(at)}; });
          }};
}

Step setting_step(const std::string& value) {
  return {"setting", [=](Life& life) {
            life.store->change_setting(setting::kLearned, [&](const auto&) { return value; });
          }};
}

Step requeue_step() {
  return {"requeue", [](Life& life) { (void)life.store->requeue({}, kBegin); }};
}

Step remove_step(const std::string& batch) {
  return {"remove a batch", [=](Life& life) { (void)life.store->remove_batch(batch, kBegin); }};
}

Step end_worker_step(int at) {
  return {"end the worker", [=](Life& life) {
            life.store->end_worker(life.worker, "done", time_of(at));
            life.leased.clear();
          }};
}

Step recover_step(int at) {
  return {"recover the dead",
          [=](Life& life) { (void)life.store->recover_dead_workers(time_of(at)); }};
}

Step copy_step(const std::string& name) {
  return {"copy", [=](Life& life) {
            copy_store(life.path, (std::filesystem::path(life.path).parent_path() / name).string());
          }};
}

std::string content_of_store(const std::string& path) {
  if (!is_there(path)) {
    return "";
  }
  Connection connection(path);
  std::vector<std::pair<std::string, std::string>> names;
  for (std::string& id : connection.lines("SELECT id FROM workers ORDER BY started_at_ms, id")) {
    id.pop_back();
    names.emplace_back(id, fmt::format("worker {}", names.size() + 1));
  }
  std::string content;
  for (std::string& table :
       connection.lines("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
    table.pop_back();
    content += "== " + table + "\n";
    std::vector<std::string> lines = connection.lines("SELECT * FROM \"" + table + "\"");
    for (std::string& line : lines) {
      for (const auto& [id, name] : names) {
        replace_all(line, id, name);
      }
    }
    std::ranges::sort(lines);
    for (const std::string& line : lines) {
      content += line + "\n";
    }
  }
  return content;
}

std::string difference(const std::string& expected, const std::string& found) {
  std::size_t line = 0;
  for (std::size_t at = 0; at < std::max(expected.size(), found.size());) {
    const auto one = expected.substr(std::min(at, expected.size()), 200);
    const auto two = found.substr(std::min(at, found.size()), 200);
    const auto end = std::min(expected.find('\n', at), expected.size());
    if (expected.compare(at, end - at + 1, found, std::min(at, found.size()), end - at + 1) != 0) {
      return fmt::format("line {}: \"{}\" became \"{}\"", line, one.substr(0, one.find('\n')),
                         two.substr(0, two.find('\n')));
    }
    at = end + 1;
    ++line;
  }
  return "";
}

std::string faults_of(const std::string& path) {
  std::string faults;
  for (const std::string& fault : open_reader(path)->verify()) {
    faults += fault + "; ";
  }
  const auto integrity = Connection(path).lines("PRAGMA integrity_check");
  if (integrity != std::vector<std::string>{"ok|"}) {
    faults += "integrity_check: " + (integrity.empty() ? "nothing" : integrity.front());
  }
  return faults;
}

std::int64_t finish(const std::string& path) {
  const auto store = open_store(path, IfAbsent::create);
  int at = 1'000'000;
  (void)store->recover_dead_workers(time_of(at));
  const WorkerId worker = store->start_worker(time_of(at));
  std::vector<Settlement> settlements;
  for (;;) {
    at += 100;
    LeaseRequest request;
    request.max = 1000;
    request.idle = true;
    const Exchange exchange = store->exchange(worker, settlements, request, time_of(at));
    if (!exchange.too_late.empty()) {
      throw std::runtime_error("a settlement was too late");
    }
    if (exchange.leased.empty()) {
      break;
    }
    settlements.clear();
    for (const LeasedJob& job : exchange.leased) {
      Settlement s = settlement_of(job, time_of(at), 100);
      if (s.to == JobState::ready) {
        s.to = JobState::failed;
        s.due.reset();
      }
      settlements.push_back(std::move(s));
    }
  }
  store->end_worker(worker, "done", time_of(at));
  const QueueOutlook jobs = open_reader(path)->overview().jobs;
  return jobs.ready + jobs.leased == 0 ? jobs.done + jobs.not_found + jobs.failed : -1;
}

}  // namespace dogged::crash
