// SPDX-License-Identifier: MIT
#include "cli/render_status.h"

#include "base/json_document.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'790'000'000'000);

StatusView view_with(std::int64_t ready, std::int64_t parked, std::int64_t leased = 0) {
  StatusView view;
  view.store = "dogged.db";
  view.run_command = "dogged run";
  view.now = kNow;
  view.overview.jobs.ready = ready;
  view.overview.jobs.leased = leased;
  view.overview.jobs.done = 12'000;
  view.overview.parked = parked;
  return view;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string text_at(const JsonDocument& document, std::string_view pointer) {
  const auto found = document.find(pointer);
  return found ? document.json(*found) : "absent";
}

TEST_CASE("with nothing ready and nothing leased nothing is left") {
  const StatusView view = view_with(0, 0);
  CHECK(next_start(view).kind == NextStart::Kind::nothing_left);
  CHECK(has(status_text(view), "nothing left to ask"));
  CHECK_FALSE(has(status_text(view), "dogged run"));
}

TEST_CASE("a store without jobs says that no IDs were imported") {
  StatusView view = view_with(0, 0);
  view.overview.jobs.done = 0;
  CHECK(has(status_text(view), "no IDs were imported yet"));
}

TEST_CASE("with a job due the next run may start now") {
  const StatusView view = view_with(10, 9);
  CHECK(next_start(view).kind == NextStart::Kind::now);
  CHECK(has(status_text(view), "now: `dogged run`"));
}

TEST_CASE("with all ready jobs parked the next run starts when the first is due") {
  StatusView view = view_with(3, 3);
  view.overview.jobs.next_due = kNow + Millis(90'000);
  const NextStart next = next_start(view);
  CHECK(next.kind == NextStart::Kind::at);
  CHECK(next.at == kNow + Millis(90'000));
  CHECK_FALSE(next.cause == NextStart::Cause::server);
}

TEST_CASE("the server's wait holds back jobs that are due, and those due before its end") {
  StatusView view = view_with(3, 0);
  view.pace.server_wait = kNow + Millis(60'000);
  CHECK(next_start(view).at == kNow + Millis(60'000));
  CHECK(next_start(view).cause == NextStart::Cause::server);
  CHECK(has(status_text(view), "as the server asked"));

  view = view_with(3, 3);
  view.pace.server_wait = kNow + Millis(60'000);
  view.overview.jobs.next_due = kNow + Millis(90'000);
  CHECK(next_start(view).at == kNow + Millis(90'000));
  CHECK_FALSE(next_start(view).cause == NextStart::Cause::server);
}

TEST_CASE("a worker that is alive is at it; a dead one is not") {
  StatusView view = view_with(3, 0, 2);
  WorkerInfo worker;
  worker.host = "box";
  worker.pid = 123;
  view.overview.workers = {worker};
  CHECK(next_start(view).kind == NextStart::Kind::now);
  view.overview.workers[0].alive = true;
  CHECK(next_start(view).kind == NextStart::Kind::others_at_it);
  CHECK(has(status_text(view), "pid 123 on box"));
}

TEST_CASE("a run that came to no end is told, with what to do, before what an earlier one noted") {
  StatusView view = view_with(3, 0, 2);
  view.last_run = LastRun{"finished", "", kNow - Millis(900'000), std::nullopt};
  WorkerInfo worker;
  worker.started_at = kNow - Millis(60'000);
  worker.seen_at = kNow - Millis(30'000);
  view.overview.workers = {worker};
  const std::string seen = local_time(worker.seen_at, kNow);
  CHECK(has(status_text(view), "last seen " + seen +
                                   ", and ended without a word: killed, or its "
                                   "disk was full"));
  CHECK(has(status_text(view), "nothing is lost, `dogged run` goes on"));
  CHECK_FALSE(has(status_text(view), "finished"));
  JsonDocument json;
  REQUIRE(json.parse(status_json(view)));
  CHECK(text_at(json, "/last_run/end") == "\"unknown\"");
  CHECK(text_at(json, "/last_run/at") == '"' + iso_time(worker.seen_at) + '"');

  view.overview.jobs.ready = view.overview.jobs.leased = 0;
  CHECK_FALSE(has(status_text(view), "goes on"));

  SUBCASE("one that goes on has not ended") {
    view.overview.workers[0].alive = true;
  }
  SUBCASE("one that noted its end is told as it noted it") {
    view.overview.workers[0].ended_at = kNow;
  }
  SUBCASE("an older one that died beside a newer is of no interest") {
    WorkerInfo newer = worker;
    newer.started_at = newer.started_at + Millis(1);
    newer.ended_at = kNow;
    view.overview.workers = {newer, worker};
  }
  CHECK_FALSE(has(status_text(view), "without a word"));
}

TEST_CASE("the jobs line names the states that there are, and no others") {
  const std::string text = status_text(view_with(5'074, 74));
  CHECK(has(text, "17,074: 12,000 done, 5,074 ready (74 of them parked)"));
  CHECK_FALSE(has(text, "failed"));
  CHECK_FALSE(has(text, "answered before"));
  StatusView refreshed = view_with(7, 0);
  refreshed.overview.answered_before = 7;
  CHECK(has(status_text(refreshed), "7 of the ready ones were answered before"));
}

TEST_CASE("each batch shows its account, and of many only the last ten") {
  StatusView view = view_with(1, 0);
  for (int i = 1; i <= 12; ++i) {
    BatchInfo batch;
    batch.name = "batch" + std::to_string(i) + ".csv";
    batch.rows = 1000;
    batch.added = 990;
    batch.duplicates = 6;
    batch.rejected = 4;
    view.overview.batches.push_back(batch);
  }
  const std::string text = status_text(view);
  CHECK(has(text, "batch12.csv: 1,000 rows = 990 new + 6 duplicate + 4 rejected"));
  CHECK(has(text, "... 2 earlier ones"));
  CHECK_FALSE(has(text, "batch2.csv"));
  JsonDocument json;
  REQUIRE(json.parse(status_json(view)));
  CHECK(text_at(json, "/batches/1/name") == "\"batch2.csv\"");
}

TEST_CASE("names from files and servers cannot steer the terminal") {
  StatusView view = view_with(1, 0);
  BatchInfo batch;
  batch.name = "\x1b]0;x\x07.csv";
  view.overview.batches = {batch};
  view.last_run = LastRun{"systemic", "the server said \x1b[31mno", kNow, std::nullopt};
  const std::string text = status_text(view);
  CHECK_FALSE(has(text, "\x1b"));
  CHECK(has(text, "\\x1B[31mno"));
}

TEST_CASE("why the last run ended is read whatever of it is there") {
  const auto whole =
      last_run_from(R"({"end":"later","reason":"--limit","at_ms":5000,"next_due_ms":9000})");
  REQUIRE(whole);
  CHECK(whole->end == "later");
  CHECK(whole->reason == "--limit");
  CHECK(whole->at == from_ms(5000));
  CHECK(whole->next_due == from_ms(9000));

  const auto partly = last_run_from(R"({"end":"finished","at_ms":"soon","next_due_ms":null})");
  REQUIRE(partly);
  CHECK(partly->end == "finished");
  CHECK_FALSE(partly->at);
  CHECK_FALSE(partly->next_due);

  CHECK_FALSE(last_run_from(""));
  CHECK_FALSE(last_run_from("not JSON"));
}

TEST_CASE("a quota that is used up holds back what is due until its window ends") {
  StatusView view = view_with(3, 0);
  view.quotas = {{Quota{1'000}, {kNow - Millis(5'000), kNow + Millis(60'000)}, 999}};
  CHECK(next_start(view).kind == NextStart::Kind::now);
  CHECK(has(status_text(view), "999 used, 1 left until "));
  view.quotas[0].used = 1'000;
  CHECK(next_start(view).at == kNow + Millis(60'000));
  CHECK(has(status_text(view), "when the quota begins anew"));
}

TEST_CASE("the flags that bounded a run which left work are part of the command to go on") {
  const auto command = [](const char* end) {
    const std::string json = R"({"end":")" + std::string(end) +
                             R"(","flags":"--rate 5/s --quota 50/day","quota":"50/day"})";
    const std::optional<LastRun> last = last_run_from(json);
    CHECK(last->quota == Quota{50, Quota::Per::day});
    return run_command(last, " --db q.db");
  };
  CHECK(command("later") == "dogged run --rate 5/s --quota 50/day --db q.db");
  CHECK(command("interrupted") == "dogged run --rate 5/s --quota 50/day --db q.db");
  CHECK(command("finished") == "dogged run --db q.db");
  CHECK(run_command(last_run_from(R"({"end":"later"})"), "") == "dogged run");
  CHECK(run_command(std::nullopt, "") == "dogged run");
}

TEST_CASE("the last run is told in words, with the cause and without its advice") {
  StatusView view = view_with(3, 0);
  const auto told = [&view](const char* end, const char* reason) {
    view.last_run = LastRun{end, reason, std::nullopt, std::nullopt};
    const std::string text = status_text(view);
    const std::size_t at = text.find("last run  ") + 10;
    return text.substr(at, text.find('\n', at) - at);
  };
  CHECK(
      told("systemic", "no JSON (text/html; charset=x) 20 times; check it; run again to resume") ==
      "stopped: no JSON (text/html; charset=x) 20 times");
  CHECK(told("interrupted", "interrupted (Ctrl-C)") == "ended: interrupted (Ctrl-C)");
  CHECK(told("later", "") == "ended");
  CHECK(told("finished", "") == "finished");
}

TEST_CASE("a paused store says since when, and what goes on with it") {
  StatusView view = view_with(3, 0);
  view.resume_command = "dogged resume --db x";
  CHECK_FALSE(has(status_text(view), "paused"));
  view.pace.paused_since = kNow - Millis(5'000);
  view.pace.server_wait = kNow + Millis(60'000);
  CHECK(next_start(view).kind == NextStart::Kind::resumed);
  CHECK(has(status_text(view), "paused    since "));
  CHECK(has(status_text(view), "next      after `dogged resume --db x`"));
  JsonDocument json;
  REQUIRE(json.parse(status_json(view)));
  CHECK(text_at(json, "/paused_since") == "\"2026-09-21T14:13:15.000Z\"");
  CHECK(text_at(json, "/next_start") == "null");
}

TEST_CASE(
    "caps, what was learned and what the server does each have a line, and none where absent") {
  StatusView view = view_with(3, 0);
  for (const char* label : {"caps", "quota", "learned", "server"}) {
    CAPTURE(std::string(label));
    CHECK_FALSE(has(status_text(view), label));
  }
  view.pace.caps.rate = Rate{100, Millis(1'000)};
  view.pace.source_caps.max_concurrency = 8;
  view.pace.learned = LearnedPace{10.2, 198.1, kNow - Millis(720'000)};
  view.pace.server_wait = kNow + Millis(60'000);
  view.pace.no_answer_since = kNow - Millis(5'000);
  const std::string text = status_text(view);
  for (const char* part : {"caps      100/s (dogged limit); 8 at once (the source)",
                           "learned   198/s, 10 at once (12 min ago)",
                           "server    asks to wait until ", "server    no answer since "}) {
    CAPTURE(std::string(part));
    CHECK(has(text, part));
  }
  JsonDocument json;
  REQUIRE(json.parse(status_json(view)));
  CHECK(text_at(json, "/caps/rate") == "\"100/s\"");
  CHECK(text_at(json, "/caps/quota") == "null");
  CHECK(text_at(json, "/source_caps/max_concurrency") == "8");
  CHECK(text_at(json, "/learned/text") == "\"198/s, 10 at once\"");
  CHECK(text_at(json, "/learned/at") == "\"2026-09-21T14:01:20.000Z\"");
  CHECK(text_at(json, "/no_answer_since") == "\"2026-09-21T14:13:15.000Z\"");
  CHECK(text_at(json, "/quotas") == "[]");
}

TEST_CASE("a server's wait counts only while it lies ahead") {
  CHECK(server_wait_from(std::to_string(to_ms(kNow) + 1), kNow) == kNow + Millis(1));
  CHECK_FALSE(server_wait_from(std::to_string(to_ms(kNow)), kNow));
  CHECK_FALSE(server_wait_from("", kNow));
  CHECK_FALSE(server_wait_from("x", kNow));
}

TEST_CASE("the JSON has everything, with times in UTC") {
  StatusView view = view_with(3, 3, 1);
  view.source = Source{};
  view.source->name = "prh";
  view.source->request.url = "https://host/{id}";
  view.overview.jobs.next_due = kNow;
  view.pace.server_wait = kNow + Millis(60'000);
  JsonDocument json;
  REQUIRE(json.parse(status_json(view)));
  CHECK(text_at(json, "/source/name") == "\"prh\"");
  CHECK(text_at(json, "/source/url") == "\"https://host/{id}\"");
  CHECK(text_at(json, "/jobs/total") == "12004");
  CHECK(text_at(json, "/jobs/parked") == "3");
  CHECK(text_at(json, "/next_due") == "\"2026-09-21T14:13:20.000Z\"");
  CHECK(text_at(json, "/next_start") == "\"2026-09-21T14:14:20.000Z\"");
  CHECK(text_at(json, "/server_wait_until") == "\"2026-09-21T14:14:20.000Z\"");
  CHECK(text_at(json, "/last_run") == "null");
}

TEST_CASE("without source and without work the JSON says null") {
  JsonDocument json;
  REQUIRE(json.parse(status_json(view_with(0, 0))));
  CHECK(text_at(json, "/source") == "null");
  CHECK(text_at(json, "/next_start") == "null");
}

}  // namespace
}  // namespace dogged
