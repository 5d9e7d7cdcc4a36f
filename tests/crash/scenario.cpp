// SPDX-License-Identifier: MIT
#include "tests/crash/scenario.h"

#include "store/sqlite/database.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>

namespace dogged::crash {
namespace {

namespace fs = std::filesystem;

constexpr char kStore[] = "store.db";

struct Script {
  const char* name;
  const char* sql;
};
constexpr Script kScripts[] = {
#include "schema/sqlite_migrations.inc"
};

// What `make` leaves in a directory of its own, but for locks and shared memory.
Disk::Files files_made_by(const std::function<void(const std::string& store)>& make) {
  const TemporaryDirectory scratch;
  make((scratch.path() / kStore).string());
  Disk::Files files;
  for (const auto& entry : fs::directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with("-shm") && !name.ends_with("-lock")) {
      std::ifstream file(entry.path(), std::ios::binary);
      files[name] = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
  }
  return files;
}

// As the first program left one, with a log or without.
Disk::Files store_of_schema_1(bool killed) {
  return files_made_by([killed](const std::string& path) {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL");
    database.exec(kScripts[0].sql);
    database.exec(fmt::format("PRAGMA application_id = {}", sqlite::kApplicationId));
    database.exec(R"(
      INSERT INTO settings VALUES ('schema_version', '1'), ('source', 'x = 1');
      WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 600)
        INSERT INTO jobs (id, key, state, settled_at_ms)
        SELECT i, 'key-' || i, CASE WHEN i % 2 THEN 'done' ELSE 'ready' END,
          CASE WHEN i % 2 THEN 5 END FROM n;
      INSERT INTO answers SELECT id, 200, NULL, NULL, NULL, 5, 5, 5, hex(zeroblob(500)) FROM jobs
        WHERE state = 'done';
      INSERT INTO batches VALUES
        (1, 'ids.csv', '/data/ids.csv', 'sum', '["id"]', 'column=id', 'id', 1000, 600, 600, 0, 0);
      INSERT INTO inputs SELECT 1, id, id, NULL, NULL FROM jobs;
      INSERT INTO workers VALUES ('00000000000000aa', 'h', 2, 1, 1, 2, 'done');
      INSERT INTO counters VALUES ('', 'done', 300), ('', 'ready', 300);
    )");
    if (killed) {
      int now = 0;
      (void)sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &now);
    }
  });
}

Disk::Files store_after(const std::vector<Step>& steps) {
  return files_made_by([&](const std::string& path) {
    Life life(path);
    for (const Step& step : steps) {
      step.run(life);
    }
  });
}

std::vector<Step> operator+(std::vector<Step> steps, const std::vector<Step>& more) {
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

std::vector<Step> exchanges(int from, int count, int n, std::size_t body) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) {
    steps.push_back(exchange_step(from + i, n, body));
  }
  return steps;
}

}  // namespace

std::vector<Scenario> all_scenarios() {
  const std::vector<Step> imported{open_step(), import_step("a.csv", 1, 700), close_step()};
  std::vector<Step> run =
      std::vector<Step>{open_step(), worker_step(1)} + exchanges(10, 5, 40, 2000);
  const auto settled =
      store_after(imported + run + std::vector<Step>{end_worker_step(20), close_step()});
  const auto busy = store_after(imported + run);
  const auto ready = store_after(imported);
  std::vector<Scenario> scenarios;
  scenarios.push_back({"a new store and an import", {}, imported, ""});
  scenarios.push_back({"a second import, and one that replaces the first",
                       settled,
                       {open_step(), import_step("b.csv", 500, 1500),
                        import_step("c.csv", 300, 300, "a.csv"), close_step()},
                       ""});
  scenarios.push_back(
      {"a run", ready,
       run + std::vector<Step>{heartbeat_step(20), setting_step("{\"x\":1}"),
                               exchange_step(21, 40, 2000), end_worker_step(22), close_step()},
       ""});
  scenarios.push_back({"a run that makes checkpoints",
                       store_after({open_step(), import_step("a.csv", 1, 1500), close_step()}),
                       std::vector<Step>{open_step(), worker_step(1)} +
                           exchanges(10, 10, 100, 30'000) + std::vector<Step>{close_step()},
                       "", 4});
  scenarios.push_back({"a worker that died is recovered",
                       busy,
                       {open_step(), recover_step(100), worker_step(101),
                        exchange_step(102, 30, 1000), requeue_step(), close_step()},
                       ""});
  scenarios.push_back({"asking again, removing and settings",
                       settled,
                       {open_step(), requeue_step(), setting_step("{\"y\":2}"),
                        remove_step("a.csv"), import_step("a.csv", 1, 300), close_step()},
                       ""});
  scenarios.push_back({"a migration",
                       store_of_schema_1(false),
                       {open_step(), setting_step("1"), close_step()},
                       ""});
  scenarios.push_back({"a migration of a store whose run was killed",
                       store_of_schema_1(true),
                       {open_step(), setting_step("1"), close_step()},
                       ""});
  scenarios.push_back({"a copy", busy, {copy_step("copy.db")}, "copy.db"});
  return scenarios;
}

Course course_of(const Scenario& scenario, Disk& disk, CrashVfs& vfs) {
  disk.hold(scenario.begin);
  Course course;
  course.contents.push_back(content_of_store(store_on(disk)));
  Life life(store_on(disk));
  for (const Step& step : scenario.steps) {
    const Counts before = vfs.trouble.all();
    step.run(life);
    for (std::size_t op = 0; op < before.size(); ++op) {
      course.counts.at(op) += vfs.trouble.all().at(op) - before.at(op);
    }
    course.contents.push_back(content_of_store(store_on(disk)));
  }
  return course;
}

std::string store_on(const Disk& disk) {
  return (disk.directory() / kStore).string();
}

std::uint64_t seed_of_run(std::uint64_t usual) {
  const char* const given = std::getenv("SEED");
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

}  // namespace dogged::crash
