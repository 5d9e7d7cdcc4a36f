// SPDX-License-Identifier: MIT
#include "tests/contract/support.h"

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
