// SPDX-License-Identifier: MIT
#include "cli/progress_text.h"

#include "base/json_document.h"
#include "cli/progress_view.h"
#include "cli/render_status.h"
#include "cli/run_text.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

const WallTime kNow = from_ms(1'795'000'000'000);

Progress some_progress() {
  Progress p;
  p.elapsed = Millis(65'000);
  p.done = 12'345;
  p.not_found = 6;
  p.failed = 2;
  p.ready = 87'655;
  p.in_flight = 10;
  p.requests = 12'400;
  p.refusals = 17;
  p.answers_per_second = 190.04;
  p.concurrency_limit = 10;
  p.bound = PaceBound::server;
  p.time_left = Millis(461'000);
  return p;
}

TEST_CASE("the live line says everything where there is room") {
  const std::string line = live_line(some_progress(), 400, kNow);
  for (const char* part :
       {"12,345 done", "6 not found", "2 failed", "87,655 to go", "10 in flight", "190.0/s",
        "limited by the server to 10 at once", "17 refused", "ready at "}) {
    CAPTURE(part);
    CHECK(line.find(part) != std::string::npos);
  }
}

TEST_CASE("the live line fits any width and leaves out what matters least") {
  for (std::size_t width = 1; width < 160; ++width) {
    CHECK(live_line(some_progress(), width, kNow).size() <= width);
  }
  const std::string line = live_line(some_progress(), 40, kNow);
  CHECK(line.find("12,345 done") != std::string::npos);
  CHECK(line.find("to go") != std::string::npos);
  CHECK(line.find("refused") == std::string::npos);
}

TEST_CASE("what binds is told by the flag's name, a server's wait before all else") {
  Progress p = some_progress();
  p.bound = PaceBound::rate_cap;
  CHECK(bound_text(p, kNow) == "limited by --rate");
  p.bound = PaceBound::concurrency;
  CHECK(bound_text(p, kNow) == "limited by -j 10");
  p.bound = PaceBound::server_rate;
  p.start_rate = 198.123;
  CHECK(bound_text(p, kNow) == "limited by the server to 198/s");
  p.bound = PaceBound::quota;
  CHECK(bound_text(p, kNow) == "the quota is used up");
  p.bound = PaceBound::paused;
  CHECK(bound_text(p, kNow).find("`dogged resume`") != std::string::npos);
  p.bound = PaceBound::outage;
  p.no_answer_since = kNow - Millis(5'000);
  CHECK(bound_text(p, kNow).rfind("no answer since ", 0) == 0);
  p.bound = PaceBound::none;
  CHECK(bound_text(p, kNow).empty());
  p.server_wait_until = kNow + Millis(300'000);
  CHECK(bound_text(p, kNow).rfind("server asked to wait until ", 0) == 0);
  p.server_wait_until = kNow - Millis(1);
  CHECK(bound_text(p, kNow).empty());
}

TEST_CASE("progress as JSON is one valid object a line") {
  Progress p = some_progress();
  p.next_due = kNow;
  for (const std::string& line :
       {json_line(p, kNow), json_line(Progress(), kNow), json_notice("a \"notice\"\n", kNow)}) {
    CHECK(json_fault(line).empty());
    CHECK(line.find('\n') == std::string::npos);
  }
  CHECK(json_line(p, kNow).find("\"done\":12345") != std::string::npos);
}

TEST_CASE("from the JSON lines can be drawn what the controller does") {
  Progress p = some_progress();
  std::string line = json_line(p, kNow);
  for (const char* part :
       {"\"elapsed_ms\":65000", "\"started\":12410", "\"requests\":12400", "\"refusals\":17",
        "\"answered\":0", "\"in_flight\":10", "\"concurrency_limit\":10.000", "\"start_rate\":null",
        "\"bound\":\"server\"", "\"server_wait_until\":null", "\"no_answer_since\":null"}) {
    CAPTURE(std::string(part));
    CHECK(line.find(part) != std::string::npos);
  }
  p.start_rate = 198.5;
  p.bound = PaceBound::outage;
  p.no_answer_since = kNow;
  line = json_line(p, kNow);
  for (const char* part :
       {"\"start_rate\":198.500", "\"bound\":\"outage\"", "\"no_answer_since\":\"2026-11-18T"}) {
    CAPTURE(std::string(part));
    CHECK(line.find(part) != std::string::npos);
  }
}

// A file that stands in for a screen that is no terminal.
class Screen {
 public:
  Screen() : file_(std::tmpfile()) {}
  ~Screen() { (void)std::fclose(file_); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  std::FILE* file() const { return file_; }
  std::string text() const {
    std::rewind(file_);
    std::string text(10'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

 private:
  std::FILE* file_;
};

class FixedClock final : public Clock {
 public:
  WallTime wall() const override { return kNow; }
  SteadyTime steady() const override { return {}; }
  Millis slept() const override { return Millis(0); }
};

std::size_t lines_shown(ProgressMode mode, int seconds) {
  const Screen screen;
  const FixedClock clock;
  const auto view = make_progress_view(mode, screen.file(), clock);
  for (int s = 0; s <= seconds; ++s) {
    Progress p = some_progress();
    p.elapsed = Millis(s * 1'000);
    view->on_progress(p);
  }
  const std::string text = screen.text();
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("plain progress comes soon, then once a minute; json each time; none never") {
  CHECK(lines_shown(ProgressMode::plain, 1) == 0);
  CHECK(lines_shown(ProgressMode::plain, 10) == 1);
  CHECK(lines_shown(ProgressMode::plain, 61) == 1);
  CHECK(lines_shown(ProgressMode::plain, 62) == 2);
  CHECK(lines_shown(ProgressMode::automatic, 62) == 2);
  CHECK(lines_shown(ProgressMode::json, 9) == 10);
  CHECK(lines_shown(ProgressMode::none, 100) == 0);
}

// --- what a run says at its beginning and end

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) {
    all += line + "\n";
  }
  return all;
}

RunOpening opening() {
  RunOpening o;
  o.store = "dogged.db";
  o.overview.jobs.ready = 600;
  o.overview.jobs.done = 390;
  o.overview.jobs.not_found = 10;
  o.caps.rate = Rate{300, Millis(60'000)};
  o.max_concurrency = 64;
  return o;
}

TEST_CASE("a run on a new store says so, how many there are to ask and how long that takes") {
  const std::string text = joined(opening_lines(opening(), kNow));
  CHECK(text.find("store dogged.db: new") != std::string::npos);
  CHECK(text.find("to ask: 600; at least 2 min at 300/min") != std::string::npos);
}

TEST_CASE("a resumed run says how much is done, when the last one ended and why") {
  RunOpening o = opening();
  WorkerInfo worker;
  worker.started_at = kNow - Millis(900'000);
  worker.ended_at = kNow - Millis(600'000);
  worker.ended_because = "interrupted";
  o.overview.workers = {worker};
  o.last_run = R"({"end":"systemic","reason":"401 for all","at_ms":1})";
  const std::string text = joined(opening_lines(o, kNow));
  CHECK(text.find("resumed, 400 of 1,000 answered") != std::string::npos);
  CHECK(text.find("401 for all") != std::string::npos);

  o.overview.workers.front().ended_at = std::nullopt;
  CHECK(joined(opening_lines(o, kNow)).find("ended without a word: killed, or") !=
        std::string::npos);
  o.overview.workers.front().alive = true;
  CHECK(joined(opening_lines(o, kNow)).find("another run is at it") != std::string::npos);
}

TEST_CASE("nothing to ask, a limit, and no cap are said") {
  RunOpening o = opening();
  o.limit = 30;
  CHECK(joined(opening_lines(o, kNow)).find("of which 30 now") != std::string::npos);
  o.caps.rate = std::nullopt;
  CHECK(joined(opening_lines(o, kNow)).find("at most 64 at once") != std::string::npos);
  o.overview.jobs.ready = 0;
  CHECK(joined(opening_lines(o, kNow)).find("to ask: nothing") != std::string::npos);
}

TEST_CASE(
    "a run says which caps hold, the lowest of flags and store, and how long it takes at them") {
  RunOpening o = opening();
  o.caps.max_concurrency = 64;
  CHECK(joined(opening_lines(o, kNow)).find("caps: 300/min, 64 at once\n") != std::string::npos);
  o.pace.caps.rate = Rate{60, Millis(60'000)};
  o.pace.caps.max_concurrency = 100;
  std::string text = joined(opening_lines(o, kNow));
  CHECK(text.find("to ask: 600; at least 10 min at 60/min") != std::string::npos);
  CHECK(text.find("caps: 60/min (dogged limit), 64 at once\n") != std::string::npos);
  o.pace.caps.quota = Quota{100'000};
  o.quotas = {{*o.pace.caps.quota, window_of(*o.pace.caps.quota, kNow), 99'000}};
  text = joined(opening_lines(o, kNow));
  CHECK(text.find("100000/day: 99,000 used, 1,000 left until ") != std::string::npos);
  CHECK(text.find("(dogged limit)\n") != std::string::npos);

  o.caps = o.pace.caps = Caps();
  o.quotas.clear();
  CHECK(joined(opening_lines(o, kNow)).find("caps:") == std::string::npos);
  o.pace.caps.max_concurrency = 3;
  CHECK(joined(opening_lines(o, kNow)).find("at most 3 at once") != std::string::npos);
}

TEST_CASE("a run on a paused store says so and what ends it") {
  RunOpening o = opening();
  o.resume_command = "dogged resume";
  o.pace.paused_since = kNow - Millis(1'000);
  const std::string text = joined(opening_lines(o, kNow));
  CHECK(text.find("paused since ") != std::string::npos);
  CHECK(text.find("nothing is asked until `dogged resume`") != std::string::npos);
}

TEST_CASE("a run's end is told with what is left and when to come back") {
  RunReport r;
  r.end = RunEnd::later;
  r.reason = "--limit reached";
  r.done = 30;
  r.left.ready = 570;
  r.left.failed = 3;
  r.next_due = kNow + Millis(60'000);
  const std::string text = joined(closing_lines(r, kNow));
  for (const char* part : {"30 done", "ended: --limit reached", "left to ask: 570",
                           "failed in all: 3", "come back after "}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(json_fault(run_json(r)).empty());
  CHECK(json_fault(last_run_setting(r, {}, kNow)).empty());
  const auto noted =
      last_run_from(last_run_setting(r, {"--quota 7/h", Quota{7, Quota::Per::hour}}, kNow));
  REQUIRE(noted);
  CHECK(noted->flags == "--quota 7/h");
  CHECK(noted->quota == Quota{7, Quota::Per::hour});
}

}  // namespace
}  // namespace dogged
