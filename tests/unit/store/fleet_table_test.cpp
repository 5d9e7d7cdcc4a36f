// SPDX-License-Identifier: MIT
#include "store/sqlite/fleet_table.h"

#include "store/open_store.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <string>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

LeaseRequest only(const FleetRequest& fleet) {
  LeaseRequest request;
  request.fleet = fleet;
  return request;
}

// Tells whether others wrote to a store.
class Watcher {
 public:
  explicit Watcher(const std::string& path) : connection_(path) { (void)written(); }
  bool written() {
    const int before = version_;
    version_ = connection_.execAndGet("PRAGMA data_version").getInt();
    return version_ != before;
  }

 private:
  SQLite::Database connection_;
  int version_ = 0;
};

TEST_CASE("an exchange that changes nothing writes nothing") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  const auto store = open_store(path, IfAbsent::create);
  const auto other = open_store(path, IfAbsent::create);
  const WorkerId worker = store->start_worker(kNow);
  (void)other->start_worker(kNow);
  FleetRequest request;
  SUBCASE("without caps") {}
  SUBCASE("with caps, all starts reserved") {
    store->put_setting(setting::kCaps,
                       R"({"max_concurrency":9,"rate":"1/h","quota":"1/day@00:00 Asia/Tokyo"})");
    request.starts = 5;
  }
  SUBCASE("in an outage, during a wait") {
    request.caps.max_concurrency = 3;
    request.outage = true;
    request.wait_until = kNow + std::chrono::hours(1);
  }
  (void)store->exchange(worker, {}, only(request), kNow);
  Watcher watcher(path);
  for (int i = 1; i < 20; ++i) {
    (void)store->exchange(worker, {}, only(request), kNow + Millis(i));
  }
  CHECK_FALSE(watcher.written());
  request.returned = 1;
  request.caps.max_concurrency = 2;
  (void)store->exchange(worker, {}, only(request), kNow + Millis(20));
  CHECK(watcher.written());
}

TEST_CASE("what an exchange that only looks tells is what others wrote last") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  const auto store = open_store(path, IfAbsent::create);
  const auto other = open_store(path, IfAbsent::create);
  const WorkerId worker = store->start_worker(kNow);
  for (const char* caps : {R"({"rate":"5/s"})", R"({"rate":"6/s"})", "", R"({"rate":"5/s"})"}) {
    other->put_setting(setting::kCaps, caps);
    const FleetView view = store->exchange(worker, {}, only({}), kNow).fleet;
    CHECK(view.caps == caps_from_text(caps));
  }
}

TEST_CASE("an exchange that only looks does not wait for a writer") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  const auto store = open_store(path, IfAbsent::create);
  const WorkerId worker = store->start_worker(kNow);
  (void)store->exchange(worker, {}, only({}), kNow);
  SQLite::Database writer(path, SQLite::OPEN_READWRITE);
  writer.exec("BEGIN IMMEDIATE; INSERT INTO settings VALUES ('paused', '1')");
  CHECK_FALSE(store->exchange(worker, {}, only({}), kNow).fleet.paused);
  writer.exec("COMMIT");
  CHECK(store->exchange(worker, {}, only({}), kNow).fleet.paused);
}

TEST_CASE("a copy keeps caps, the pause and what is used, and waits for none of the workers") {
  const TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  const std::string copy = (scratch.path() / "b.db").string();
  const auto store = open_store(path, IfAbsent::create);
  store->put_setting(setting::kCaps, R"({"max_concurrency":4,"quota":"10/day"})");
  const WorkerId worker = store->start_worker(kNow);
  FleetRequest request;
  request.in_flight = 4;
  request.starts = 7;
  request.outage = true;
  CHECK(store->exchange(worker, {}, only(request), kNow).fleet.starts.count == 7);
  store->put_setting(setting::kPaused, "1");
  copy_store(path, copy);

  const auto copied = open_store(copy, IfAbsent::refuse);
  const WorkerId other = copied->start_worker(kNow);
  const FleetView view = copied->exchange(other, {}, only({}), kNow).fleet;
  CHECK(view.paused);
  CHECK(view.workers == 1);
  CHECK(view.permits == 4);
  CHECK_FALSE(view.outage_since.has_value());  // of workers that are none of the copy's
  copied->put_setting(setting::kPaused, "");
  request.outage = false;
  CHECK(copied->exchange(other, {}, only(request), kNow).fleet.starts.count == 3);
}

}  // namespace
}  // namespace dogged
