// SPDX-License-Identifier: MIT
#include "store/fleet_state.h"

#include "base/error.h"
#include "store/job_store.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

namespace dogged {
namespace {

FleetState some_state() {
  FleetState state;
  state.wait_until = from_ms(1'790'000'000'123);
  state.next_slot_us = 1'790'000'000'123'456;
  state.quota_used = {{from_ms(100), from_ms(200), from_ms(110), 7},
                      {from_ms(0), from_ms(300), from_ms(1), 70},
                      {from_ms(50), from_ms(90), from_ms(55), 0}};
  state.outage = Outage{from_ms(42), "0123456789abcdef", true};
  return state;
}

FleetSettings texts_of(const FleetState& state) {
  FleetSettings texts;
  for (const auto& [key, text] : changed_settings({}, state)) {
    REQUIRE(texts.find(key) != nullptr);
    *texts.find(key) = text;
  }
  return texts;
}

TEST_CASE("the state comes back from its settings as it was") {
  CHECK(to_state({}) == FleetState());
  CHECK(to_state(texts_of(some_state())) == some_state());
  FleetState one = some_state();
  one.quota_used.resize(1);
  one.outage->reporting = false;
  CHECK(to_state(texts_of(one)) == one);
}

TEST_CASE("the settings are as schema/README.md has them") {
  const FleetSettings texts = texts_of(some_state());
  CHECK(texts.wait == "1790000000123");
  CHECK(texts.start_slot == "1790000000123456");
  CHECK(texts.quota_used == R"({"begin_ms":100,"end_ms":200,"since_ms":110,"used":7,"also":[)"
                            R"({"begin_ms":0,"end_ms":300,"since_ms":1,"used":70},)"
                            R"({"begin_ms":50,"end_ms":90,"since_ms":55,"used":0}]})");
  CHECK(texts.outage == R"({"since_ms":42,"canary":"0123456789abcdef","reporting":true})");
}

TEST_CASE("only what differs is written, an outage that ended as an empty text") {
  const FleetState before = some_state();
  CHECK(changed_settings(before, before).empty());
  FleetState after = before;
  after.outage.reset();
  const auto changes = changed_settings(before, after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].first == setting::kOutage);
  CHECK(changes[0].second.empty());
}

TEST_CASE("a pause is any time but none") {
  FleetSettings texts;
  for (const auto& [text, paused] :
       {std::pair{"", false}, std::pair{"0", false}, std::pair{"1790000000123", true}}) {
    texts.paused = text;
    CHECK(to_state(texts).paused == paused);
  }
}

TEST_CASE("a wait that cannot be read is none: the server says it again") {
  FleetSettings texts;
  for (const char* text : {"", "soon", "12:00", "99999999999999999999"}) {
    texts.wait = text;
    CHECK_FALSE(to_state(texts).wait_until.has_value());
  }
}

TEST_CASE("an outage that cannot be read is none: who finds it tells it again") {
  FleetSettings texts;
  for (const char* text : {"[]", "{", "down", R"({"since_ms":1})",
                           R"({"since_ms":"x","canary":"c","reporting":true})"}) {
    texts.outage = text;
    CHECK_FALSE(to_state(texts).outage.has_value());
  }
}

TEST_CASE("a text that is none of ours is an error that names the setting") {
  using Case = std::pair<std::string_view, std::string>;
  for (const Case& c :
       {Case{setting::kCaps, "{"}, Case{setting::kCaps, R"({"rate":"fast"})"},
        Case{setting::kPaused, "yes"}, Case{setting::kStartSlot, "1e9"},
        Case{setting::kQuotaUsed, "5"}, Case{setting::kQuotaUsed, R"({"begin_ms":1,"used":2})"},
        Case{setting::kQuotaUsed,
             R"({"begin_ms":1,"end_ms":2,"since_ms":1,"used":2,"also":[{}]})"}}) {
    CAPTURE(c.second);
    FleetSettings texts;
    *texts.find(c.first) = c.second;
    std::string told;
    try {
      (void)to_state(texts);
    } catch (const Error& error) {
      told = error.what();
    }
    CHECK(told.find(c.first) != std::string::npos);
  }
}

}  // namespace
}  // namespace dogged
