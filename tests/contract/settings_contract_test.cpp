// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

#include <optional>
#include <string>
#include <thread>

namespace dogged::contract {
namespace {

CONTRACT_CASE("a setting that was never put is not there") {
  Backend backend;
  CHECK_FALSE(backend.open()->setting("nothing").has_value());
  CHECK_FALSE(backend.open_reader()->setting("nothing").has_value());
}

CONTRACT_CASE("a setting comes back as it was put, through every handle") {
  Backend backend;
  const auto store = backend.open();
  const std::string text = "name = \"Å\"\n[request]\nurl = 'https://host/{id}'\n";
  store->put_setting(setting::kSource, text);
  store->put_setting("export:/out/a'b.csv", "");
  CHECK(store->setting(setting::kSource) == text);
  CHECK(backend.open()->setting(setting::kSource) == text);
  CHECK(backend.open_reader()->setting(setting::kSource) == text);
  CHECK(store->setting("export:/out/a'b.csv") == "");
}

CONTRACT_CASE("the last value put counts") {
  Backend backend;
  const auto store = backend.open();
  store->put_setting("key", "first");
  backend.open()->put_setting("key", "second");
  CHECK(store->setting("key") == "second");
}

using Value = std::optional<std::string>;

CONTRACT_CASE("a setting is changed to what is made of its value") {
  Backend backend;
  const auto store = backend.open();
  store->change_setting("key", [](const Value& kept) {
    CHECK_FALSE(kept.has_value());
    return std::string("first");
  });
  backend.open()->change_setting("key",
                                 [](const Value& kept) { return kept.value() + ", second"; });
  CHECK(store->setting("key") == "first, second");
}

CONTRACT_CASE("a change that throws has not happened, and the store serves on") {
  Backend backend;
  const auto store = backend.open();
  store->put_setting("key", "first");
  CHECK(fault_of([&] {
          store->change_setting(
              "key", [](const Value&) -> std::string { throw Error(Fault::usage, "no"); });
        }) == Fault::usage);
  CHECK(store->setting("key") == "first");
  backend.open()->put_setting("key", "second");
  CHECK(store->setting("key") == "second");
}

CONTRACT_CASE("of changes made at once none is lost") {
  Backend backend;
  constexpr int kEach = 40;
  const auto count_up = [](JobStore& store) {
    for (int i = 0; i < kEach; ++i) {
      store.change_setting(
          "n", [](const Value& kept) { return std::to_string(std::stoi(kept.value_or("0")) + 1); });
    }
  };
  const auto one = backend.open();
  const auto two = backend.open();
  std::thread other([&] { count_up(*two); });
  count_up(*one);
  other.join();
  CHECK(one->setting("n") == std::to_string(2 * kEach));
}

CONTRACT_CASE("settings leave jobs alone") {
  Backend backend;
  const auto store = backend.open();
  import_keys(*store, "ids.csv", {"A"});
  store->put_setting(setting::kWait, "1714521600000");
  CHECK(job(backend, "A").job.state == JobState::ready);
  CHECK(faults(backend).empty());
}

}  // namespace
}  // namespace dogged::contract
