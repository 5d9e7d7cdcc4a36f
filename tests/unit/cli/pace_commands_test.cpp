// SPDX-License-Identifier: MIT
// limit, pause and resume, and what status makes of them.
#include "base/error.h"
#include "base/json_document.h"
#include "cli/limit_command.h"
#include "cli/pause_command.h"
#include "cli/status_command.h"
#include "cli/store_pace.h"
#include "tests/unit/cli/store_fixture.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

class Paced : public StoreFixture {
 public:
  Paced() { import("ids.csv", {"a", "b"}); }

  std::string limit(const std::vector<std::string>& args) {
    CommandLine line;
    add_limit_command(line);
    std::vector<std::string> all{"limit", "--db", common().db};
    all.insert(all.end(), args.begin(), args.end());
    CommandLine::Parsed parsed = line.parse(all);
    CapturedOutput captured;
    CommandContext context{parsed.common, captured.out(), all, clock()};
    CHECK(parsed.run(context) == ExitStatus::done);
    return captured.text();
  }
  void put(std::string_view key, std::string_view value) { store()->put_setting(key, value); }
  std::string kept(std::string_view key) { return store()->setting(key).value_or(""); }
  JsonDocument status() {
    common().json = true;
    JsonDocument json;
    CHECK(json.parse(run<StatusOptions>(run_status_command).out).ok());
    common().json = false;
    return json;
  }
};

std::string at(const JsonDocument& json, std::string_view pointer) {
  const auto found = json.find(pointer);
  return found ? json.json(*found) : "absent";
}

std::string counted(const QuotaWindow& window, int used, const std::string& more = "") {
  return R"({"begin_ms":)" + std::to_string(to_ms(window.begin)) + R"(,"end_ms":)" +
         std::to_string(to_ms(window.end)) + R"(,"since_ms":1,"used":)" + std::to_string(used) +
         more + "}";
}

TEST_CASE("limit sets caps, keeps those not named, and takes away what is set to none") {
  Paced f;
  CHECK(f.limit({}) == "in the store: none\n");
  CHECK(f.limit({"--rate", "100/s"}) == "in the store: 100/s\n");
  CHECK(f.limit({"-j", "8"}) == "in the store: 100/s, 8 at once\n");
  CHECK(caps_from_json(f.kept(setting::kCaps)) == Caps{8, Rate{100, Millis(1'000)}, {}});
  CHECK(f.limit({"--rate", "none", "-j", "4"}) == "in the store: 4 at once\n");
  CHECK(f.limit({"--max-concurrency", "none"}) == "in the store: none\n");
  CHECK(caps_from_json(f.kept(setting::kCaps)) == Caps());
}

TEST_CASE("limit without options changes nothing") {
  Paced f;
  f.limit({"--rate", "100/s"});
  const std::string before = f.kept(setting::kCaps);
  f.limit({});
  CHECK(f.kept(setting::kCaps) == before);
}

TEST_CASE("limit refuses what is no cap, names what to write, and changes nothing") {
  Paced f;
  f.limit({"--rate", "5/s"});
  for (const auto& given : std::vector<std::pair<std::string, std::string>>{{"--rate", "0/s"},
                                                                            {"--rate", "fast"},
                                                                            {"-j", "0"},
                                                                            {"-j", "-1"},
                                                                            {"-j", "10001"},
                                                                            {"-j", "4x"},
                                                                            {"--quota", "5"},
                                                                            {"--quota", "5/week"},
                                                                            {"--quota", "0/day"}}) {
    const auto& option = given.first;  // clang 14 captures no structured binding
    const auto& value = given.second;
    CAPTURE(option);
    CAPTURE(value);
    CHECK_THROWS_AS(f.limit({option, value}), Error);
  }
  CHECK_THROWS_WITH_AS(f.limit({"--rate", "fast"}), doctest::Contains("or none"), Error);
  CHECK(f.limit({}) == "in the store: 5/s\n");
}

TEST_CASE("limit shows the source's caps, and of the lower quota what is used") {
  Paced f;
  f.put(setting::kSource,
        "[request]\nurl = \"http://h/{id}\"\n[limits]\nrate = \"300/min\"\nquota = \"500/day\"\n");
  const QuotaWindow day = window_of(Quota{500}, f.clock().wall());
  f.put(setting::kQuotaUsed, counted(day, 120));
  const std::string text = f.limit({"--quota", "1000/day"});
  CHECK(text.find("in the store: 1000/day\nof the source: 300/min, 500/day\n") == 0);
  CHECK(text.find("quota 500/day: 120 used, 380 left until ") != std::string::npos);

  JsonDocument json;
  REQUIRE(json.parse(f.limit({"--json"})));
  CHECK(at(json, "/caps/quota") == "\"1000/day\"");
  CHECK(at(json, "/source_caps/rate") == "\"300/min\"");
  CHECK(at(json, "/quotas/0/left") == "380");
  CHECK(at(json, "/quotas/0/window_end") == '"' + iso_time(day.end) + '"');

  // The count is of a window that is over.
  f.clock().advance(std::chrono::hours(24));
  CHECK(f.limit({}).find("0 used, 500 left") != std::string::npos);
}

TEST_CASE("quotas of different windows hold both, each with its own count") {
  const WallTime now = from_ms(1'790'000'000'000);
  const Caps a{{}, {}, Quota{1'000}};
  const Caps b{{}, {}, Quota{100, Quota::Per::hour}};
  const std::string counts =
      counted(window_of(*b.quota, now), 7,
              ",\"also\":[" + counted(window_of(Quota{1, Quota::Per::minute}, now), 1) + "," +
                  counted(window_of(*a.quota, now), 70) + "]");
  const auto uses = quotas_in_use(a, b, counts, now);
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].used == 70);
  CHECK(uses[1].used == 7);
  CHECK(quotas_in_use(a, {{}, {}, Quota{900}}, counts, now).at(0).left() == 830);
  CHECK(quotas_in_use({}, {}, counts, now).empty());
  // A zone that this machine does not know: written on another one.
  const Caps elsewhere{{}, {}, Quota{5, Quota::Per::day, std::chrono::minutes(0), "Mars/Base"}};
  CHECK(quotas_in_use(elsewhere, b, counts, now).size() == 1);
}

TEST_CASE("caps in the store that cannot be read count as none and can be set anew") {
  Paced f;
  f.put(setting::kCaps, "garbage");
  CHECK(f.limit({}) == "in the store: none\n");
  CHECK(f.limit({"-j", "8"}) == "in the store: 8 at once\n");
}

TEST_CASE("pause and resume say what they did, and twice is once") {
  Paced f;
  CHECK(f.run<ResumeOptions>(run_resume_command).out == "not paused: nothing to resume\n");
  CHECK(f.run<PauseOptions>(run_pause_command).out.find("paused: ") == 0);
  const std::string since = f.kept(setting::kPaused);
  CHECK(since == std::to_string(to_ms(f.clock().wall())));
  f.clock().advance(std::chrono::minutes(12));
  CHECK(f.run<PauseOptions>(run_pause_command).out.find("paused already, since ") == 0);
  CHECK(f.kept(setting::kPaused) == since);
  CHECK(f.run<ResumeOptions>(run_resume_command).out == "resumed after a pause of 12 min\n");
  CHECK(f.kept(setting::kPaused).empty());
  CHECK(f.run<ResumeOptions>(run_resume_command).out == "not paused: nothing to resume\n");
}

TEST_CASE("pause and resume tell scripts what changed") {
  Paced f;
  f.common().json = true;
  const std::string since = iso_time(f.clock().wall());
  CHECK(f.run<PauseOptions>(run_pause_command).out ==
        R"({"paused":true,"since":")" + since + "\",\"changed\":true}\n");
  CHECK(f.run<PauseOptions>(run_pause_command).out ==
        R"({"paused":true,"since":")" + since + "\",\"changed\":false}\n");
  CHECK(f.run<ResumeOptions>(run_resume_command).out ==
        "{\"paused\":false,\"since\":null,\"changed\":true}\n");
  CHECK(f.run<ResumeOptions>(run_resume_command).out ==
        "{\"paused\":false,\"since\":null,\"changed\":false}\n");
}

TEST_CASE("the commands of the pace make no store") {
  StoreFixture f;
  CHECK_THROWS_WITH_AS(f.run<LimitOptions>(run_limit_command), doctest::Contains("no store"),
                       Error);
  CHECK_THROWS_WITH_AS(f.run<PauseOptions>(run_pause_command), doctest::Contains("no store"),
                       Error);
  CHECK_THROWS_WITH_AS(f.run<ResumeOptions>(run_resume_command), doctest::Contains("no store"),
                       Error);
  CHECK_FALSE(store_exists(f.common().db));
}

TEST_CASE("status reads from the store what concerns the pace") {
  Paced f;
  JsonDocument json = f.status();
  for (const char* pointer :
       {"/paused_since", "/learned", "/no_answer_since", "/caps/rate", "/server_wait_until"}) {
    CAPTURE(std::string(pointer));
    CHECK(at(json, pointer) == "null");
  }
  const WallTime now = f.clock().wall();
  f.limit({"--rate", "100/s", "--quota", "1000/day"});
  f.run<PauseOptions>(run_pause_command);
  f.put(setting::kLearned, to_json(LearnedPace{10.2, 198.1, now}));
  f.put(setting::kOutage,
        R"({"since_ms":)" + std::to_string(to_ms(now) - 5'000) + R"(,"canary":"0011"})");
  f.put(setting::kWait, std::to_string(to_ms(now) + 60'000));
  json = f.status();
  CHECK(at(json, "/caps/rate") == "\"100/s\"");
  CHECK(at(json, "/quotas/0/left") == "1000");
  CHECK(at(json, "/paused_since") == '"' + iso_time(now) + '"');
  CHECK(at(json, "/learned/text") == "\"198/s, 10 at once\"");
  CHECK(at(json, "/no_answer_since") == '"' + iso_time(now - Millis(5'000)) + '"');
  CHECK(at(json, "/server_wait_until") == '"' + iso_time(now + Millis(60'000)) + '"');

  // All of it over, and garbage, is nothing.
  f.run<ResumeOptions>(run_resume_command);
  f.put(setting::kOutage, "");
  f.put(setting::kLearned, "{}");
  f.put(setting::kQuotaUsed, R"({"begin_ms":"x","used":-)");
  json = f.status();
  CHECK(at(json, "/paused_since") == "null");
  CHECK(at(json, "/no_answer_since") == "null");
  CHECK(at(json, "/learned") == "null");
  CHECK(at(json, "/quotas/0/used") == "0");
}

}  // namespace
}  // namespace dogged
