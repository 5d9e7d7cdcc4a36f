// SPDX-License-Identifier: MIT
// Caps, and the cap on what is in flight: several workers, one store.
#include "tests/contract/support.h"

namespace dogged::contract {
namespace {

const Caps kTenAtOnce{10, {}, {}};

FleetRequest holding(int in_flight) {
  FleetRequest request;
  request.in_flight = in_flight;
  return request;
}

FleetRequest with(const Caps& caps) {
  FleetRequest request;
  request.caps = caps;
  return request;
}

LeaseRequest only(const FleetRequest& fleet) {
  LeaseRequest request;
  request.fleet = fleet;
  return request;
}

CONTRACT_CASE("without caps there are none, and a worker is told who else is there") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId first = store->start_worker(kNow);
  const FleetView view = ask(*store, first, holding(64));
  CHECK(view.caps == Caps());
  CHECK(view.workers == 1);
  CHECK_FALSE(view.paused);
  CHECK(view.starts.count == 0);
  CHECK_FALSE(view.starts_after.has_value());
  CHECK_FALSE(view.quota_used_up);
  CHECK_FALSE(view.wait_until.has_value());
  CHECK_FALSE(view.outage_since.has_value());
  CHECK_FALSE(view.canary);
  const auto other = backend.open();
  const WorkerId second = other->start_worker(kNow);
  CHECK(ask(*store, first).workers == 2);
  other->end_worker(second, "done", kNow);
  CHECK(ask(*store, first).workers == 1);
}

CONTRACT_CASE("a worker alone may have all that the cap allows") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kTenAtOnce);
  const WorkerId worker = store->start_worker(kNow);
  CHECK(ask(*store, worker).permits == 10);
  CHECK(ask(*store, worker, holding(10)).permits == 10);
}

CONTRACT_CASE("two workers share one cap, and the newcomer waits until the other has drained") {
  Backend backend;
  const auto store = backend.open();
  const auto other = backend.open();
  limit(*store, kTenAtOnce);
  const WorkerId first = store->start_worker(kNow);
  CHECK(ask(*store, first, holding(0)).permits == 10);
  const WorkerId second = other->start_worker(after_start(1));
  CHECK(ask(*other, second).permits == 0);  // the first may use all ten
  CHECK(ask(*store, first, holding(9)).permits == 5);
  CHECK(ask(*other, second).permits == 1);
  CHECK(ask(*store, first, holding(7)).permits == 5);
  CHECK(ask(*other, second, holding(1)).permits == 3);
  CHECK(ask(*store, first, holding(2)).permits == 5);
  CHECK(ask(*other, second, holding(3)).permits == 5);
}

CONTRACT_CASE("what a worker was told it may use until it has heard of less") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kTenAtOnce);
  const WorkerId first = store->start_worker(kNow);
  CHECK(ask(*store, first).permits == 10);
  const WorkerId second = store->start_worker(after_start(1));
  FleetRequest busy = holding(2);
  busy.permits_known = 10;
  CHECK(ask(*store, first, busy).permits == 5);
  CHECK(ask(*store, second).permits == 0);  // ten may be in flight before the first hears of five
  busy.in_flight = 8;
  busy.permits_known = 5;
  CHECK(ask(*store, first, busy).permits == 5);
  CHECK(ask(*store, second).permits == 2);
  busy.in_flight = 4;
  CHECK(ask(*store, first, busy).permits == 5);
  CHECK(ask(*store, second).permits == 5);
}

CONTRACT_CASE("three workers share anew when one comes or goes, the first take the remainder") {
  Backend backend;
  const auto a = backend.open();
  const auto b = backend.open();
  const auto c = backend.open();
  limit(*a, Caps{11, {}, {}});
  const WorkerId first = a->start_worker(kNow);
  const WorkerId second = b->start_worker(after_start(1));
  const WorkerId third = c->start_worker(after_start(2));
  CHECK(ask(*a, first).permits == 4);
  CHECK(ask(*b, second).permits == 4);
  CHECK(ask(*c, third).permits == 3);
  b->end_worker(second, "done", after_start(3));
  CHECK(ask(*a, first).permits == 6);
  CHECK(ask(*c, third).permits == 5);
  const WorkerId fourth = b->start_worker(after_start(4));
  CHECK(ask(*b, fourth).permits == 0);
  CHECK(ask(*a, first).permits == 4);
  CHECK(ask(*b, fourth).permits == 2);
  CHECK(ask(*c, third).permits == 4);
  CHECK(ask(*b, fourth).permits == 3);
}

CONTRACT_CASE("of more workers than permits some get none") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, Caps{2, {}, {}});
  const WorkerId ids[] = {store->start_worker(kNow), store->start_worker(after_start(1)),
                          store->start_worker(after_start(2))};
  CHECK(ask(*store, ids[0]).permits == 1);
  CHECK(ask(*store, ids[1]).permits == 1);
  CHECK(ask(*store, ids[2]).permits == 0);
  store->end_worker(ids[0], "done", kNow);
  CHECK(ask(*store, ids[2]).permits == 1);
}

CONTRACT_CASE("what a dead worker held is free at once") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, kTenAtOnce);
  CHECK(backend.dying_worker(only(holding(10)), kNow).permits == 10);
  const WorkerId worker = store->start_worker(after_start(1));
  const FleetView view = ask(*store, worker);
  CHECK(view.permits == 10);
  CHECK(view.workers == 1);
}

CONTRACT_CASE("a worker that asked under no cap may have anything in flight until it asks again") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId first = store->start_worker(kNow);
  ask(*store, first, holding(3));
  limit(*store, kTenAtOnce);
  const WorkerId second = store->start_worker(after_start(1));
  CHECK(ask(*store, second).permits == 0);
  CHECK(ask(*store, first, holding(3)).permits == 5);
  CHECK(ask(*store, second).permits == 5);
}

CONTRACT_CASE("caps that change reach every worker with its next exchange") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  limit(*store, kTenAtOnce);
  CHECK(ask(*store, worker).permits == 10);
  limit(*backend.open(), Caps{4, {}, {}});
  const FleetView lowered = ask(*store, worker, holding(10));
  CHECK(lowered.permits == 4);
  CHECK(lowered.caps == Caps{4, {}, {}});
  limit(*backend.open(), Caps{});
  CHECK(ask(*store, worker).caps == Caps());
  limit(*store, kTenAtOnce);
  CHECK(ask(*store, worker).permits == 10);
}

CONTRACT_CASE("the lowest cap of the store and of all live workers holds for each of them") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, Caps{20, Rate{500, Millis(1000)}, {}});
  const WorkerId first = store->start_worker(kNow);
  const WorkerId second = store->start_worker(after_start(1));
  ask(*store, first, with({{}, Rate{100, Millis(1000)}, {}}));
  ask(*store, second, with({6, {}, {}}));
  const Caps all{6, Rate{100, Millis(1000)}, {}};
  CHECK(ask(*store, first, with({{}, Rate{100, Millis(1000)}, {}})).caps == all);
  CHECK(ask(*store, second, with({6, {}, {}})).caps == all);
  store->end_worker(first, "done", kNow);
  CHECK(ask(*store, second, with({6, {}, {}})).caps == Caps{6, Rate{500, Millis(1000)}, {}});
  CHECK(ask(*store, second).caps == Caps{20, Rate{500, Millis(1000)}, {}});
}

CONTRACT_CASE("a dead worker's caps hold no more") {
  Backend backend;
  const auto store = backend.open();
  CHECK(backend.dying_worker(only(with({2, {}, {}})), kNow).permits == 2);
  CHECK(ask(*store, store->start_worker(kNow)).caps == Caps());
}

CONTRACT_CASE("a pause is told until it is taken back") {
  Backend backend;
  const auto store = backend.open();
  const WorkerId worker = store->start_worker(kNow);
  backend.open()->put_setting(setting::kPaused, "1714521600000");
  CHECK(ask(*store, worker).paused);
  backend.open()->put_setting(setting::kPaused, "");
  CHECK_FALSE(ask(*store, worker).paused);
}

CONTRACT_CASE("a paused store leases and settles: what a paused worker wants is its own to know") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  store->put_setting(setting::kPaused, "1714521600000");
  const WorkerId worker = store->start_worker(kNow);
  answer_next(*store, worker);
  CHECK(job(backend, "A").job.state == JobState::done);
}

CONTRACT_CASE("caps that cannot be read are an error, and nothing of the exchange has happened") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  const WorkerId worker = store->start_worker(kNow);
  store->put_setting(setting::kCaps, "as many as you like");
  CHECK(fault_of([&] { lease(*store, worker, 1); }) == Fault::failure);
  CHECK(job(backend, "A").job.state == JobState::ready);
  store->put_setting(setting::kCaps, R"({"quota":"5/day@00:00 Mars/Base"})");
  CHECK(fault_of([&] { lease(*store, worker, 1); }) == Fault::usage);
  store->put_setting(setting::kCaps, "");
  CHECK(lease(*store, worker, 1).size() == 1);
}

CONTRACT_CASE("a worker that has ended is given nothing") {
  Backend backend;
  const auto store = backend.open();
  limit(*store, Caps{10, Rate{100, Millis(1000)}, {}});
  const WorkerId worker = store->start_worker(kNow);
  store->end_worker(worker, "done", kNow);
  FleetRequest request;
  request.starts = 5;
  request.outage = true;
  const FleetView view = ask(*store, worker, request);
  CHECK(view.permits == 0);
  CHECK(view.starts.count == 0);
  CHECK(view.caps == Caps{10, Rate{100, Millis(1000)}, {}});
  CHECK_FALSE(ask(*store, store->start_worker(kNow)).outage_since.has_value());
}

}  // namespace
}  // namespace dogged::contract
