// SPDX-License-Identifier: MIT
#include "cli/store_source.h"

#include "tests/unit/cli/store_fixture.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

TEST_CASE("the wait that a server named ends when another server is asked") {
  struct Case {
    const char* url;
    bool waits;
  };
  for (const Case c :
       {Case{"https://a.example/v1/{id}", true}, Case{"https://A.example/v2/{id}", true},
        Case{"https://b.example/v1/{id}", false}, Case{"https://a.example:8443/v1/{id}", false},
        Case{"http://a.example/v1/{id}", false}}) {
    CAPTURE(c.url);
    const StoreFixture fixture;
    const auto store = fixture.store();
    ResolvedSource resolved;
    resolved.given = true;
    resolved.source.request.url = "https://a.example/v1/{id}";
    keep_source(*store, resolved);
    store->put_setting(setting::kWait, "1795000000000");
    resolved.source.request.url = c.url;
    keep_source(*store, resolved);
    CHECK(store->setting(setting::kWait).value_or("") == (c.waits ? "1795000000000" : ""));
    CHECK(store->setting(setting::kSource)->find(c.url) != std::string::npos);
  }
}

}  // namespace
}  // namespace dogged
