// SPDX-License-Identifier: MIT
#include "pace/rate_limit_headers.h"

#include "pace/retry_after.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using Headers = std::vector<HeaderView>;
using Count = std::optional<double>;
using Span = std::optional<Millis>;

const WallTime kNow = from_ms(1'790'000'000'000);
constexpr std::nullopt_t kNone = std::nullopt;

std::optional<AnnouncedLimit> read(const Headers& headers) {
  return read_rate_limits(headers, kNow);
}

std::string text_of(const Headers& headers) {
  std::string text;
  for (const HeaderView& header : headers) {
    text += std::string(header.name) + ": " + std::string(header.value) + '\n';
  }
  return text;
}

struct Row {
  const char* source;  // who sends it so
  Headers headers;
  Count quota;
  Span window;
  Count remaining;
  Span reset;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.source);
    CAPTURE(text_of(row.headers));
    const auto limit = read(row.headers);
    REQUIRE(limit.has_value());
    CHECK(limit->quota == row.quota);
    CHECK(limit->window == row.window);
    CHECK(limit->remaining == row.remaining);
    CHECK(limit->reset == row.reset);
  }
}

TEST_CASE("the forms of the IETF drafts are read") {
  check({
      {"drafts 8 to 11, section on RateLimit",
       {{"RateLimit", R"("default";r=50;t=30)"}},
       kNone,
       kNone,
       50,
       seconds(30)},
      {"drafts 8 to 11, section on RateLimit-Policy",
       {{"RateLimit-Policy", R"("default";q=100;w=10)"}},
       100,
       seconds(10),
       kNone,
       kNone},
      {"drafts 8 to 11, both",
       {{"RateLimit-Policy", R"("default";q=100;w=60)"}, {"RateLimit", R"("default";r=50;t=30)"}},
       100,
       seconds(60),
       50,
       seconds(30)},
      {"drafts 8 to 11, with a partition key; Cloudflare's spelling",
       {{"Ratelimit-Policy", R"("burst";q=100;w=60;pk=:dHJpYWwxMjEzMjM=:)"},
        {"Ratelimit", R"("burst";pk=:dHJpYWwxMjEzMjM=:;r=50;t=30)"}},
       100,
       seconds(60),
       50,
       seconds(30)},
      {"drafts 8 to 11, two policies: the hour is used up first, the minute is the rate",
       {{"RateLimit-Policy", R"("permin";q=50;w=60,"perhr";q=1000;w=3600)"},
        {"RateLimit", R"("permin";r=49;t=59, "perhr";r=10;t=1800)"}},
       50,
       seconds(60),
       10,
       seconds(1800)},
      {"draft 7; express-rate-limit with draft-7",
       {{"RateLimit-Policy", "100;w=60"}, {"RateLimit", "limit=100, remaining=50, reset=5"}},
       100,
       seconds(60),
       50,
       seconds(5)},
      {"draft 7 without a policy",
       {{"RateLimit", "limit=100, remaining=50, reset=5"}},
       100,
       kNone,
       50,
       seconds(5)},
      {"draft 7, two policies: the one that is told of is joined by its limit",
       {{"RateLimit", "limit=1000, remaining=0, reset=1700"},
        {"RateLimit-Policy", "10;w=1, 1000;w=3600"}},
       10,
       seconds(1),
       0,
       seconds(1700)},
      {"draft 7, with semicolons, as seen",
       {{"RateLimit", "limit=100;remaining=50;reset=5"}},
       100,
       kNone,
       50,
       seconds(5)},
      {"drafts 3 to 6; express-rate-limit with draft-6",
       {{"RateLimit-Policy", "100;w=60"},
        {"RateLimit-Limit", "100"},
        {"RateLimit-Remaining", "50"},
        {"RateLimit-Reset", "5"}},
       100,
       seconds(60),
       50,
       seconds(5)},
      {"drafts 0 to 2: policies behind the limit",
       {{"RateLimit-Limit", "100, 100;w=60;burst=1000;comment=\"a, b; w=9\", 5000;w=86400"},
        {"RateLimit-Remaining", "50"},
        {"RateLimit-Reset", "5"}},
       100,
       seconds(60),
       50,
       seconds(5)},
  });
}

TEST_CASE("what servers send of their own is read") {
  check({
      {"GitHub: a Unix time",
       {{"x-ratelimit-limit", "5000"},
        {"x-ratelimit-remaining", "4987"},
        {"x-ratelimit-used", "13"},
        {"x-ratelimit-resource", "core"},
        {"x-ratelimit-reset", "1790003600"}},
       5000,
       kNone,
       4987,
       hours(1)},
      {"Twitter, Okta: x-rate-limit",
       {{"x-rate-limit-limit", "900"},
        {"x-rate-limit-remaining", "899"},
        {"x-rate-limit-reset", "1790000900"}},
       900,
       kNone,
       899,
       minutes(15)},
      {"Reddit: fractions, no limit",
       {{"x-ratelimit-used", "4"}, {"x-ratelimit-remaining", "96.0"}, {"x-ratelimit-reset", "35"}},
       kNone,
       kNone,
       96,
       seconds(35)},
      {"Discord: Reset-After is the finer one",
       {{"X-RateLimit-Limit", "5"},
        {"X-RateLimit-Remaining", "0"},
        {"X-RateLimit-Reset", "1790000001.470"},
        {"X-RateLimit-Reset-After", "1.25"},
        {"X-RateLimit-Bucket", "abcd1234"}},
       5,
       kNone,
       0,
       Millis(1250)},
      {"Discord, the other way round",
       {{"X-RateLimit-Reset-After", "1.25"},
        {"X-RateLimit-Reset", "1790000009"},
        {"X-RateLimit-Remaining", "4"}},
       kNone,
       kNone,
       4,
       Millis(1250)},
      {"OpenRouter: Unix time in milliseconds",
       {{"X-RateLimit-Limit", "20"},
        {"X-RateLimit-Remaining", "0"},
        {"X-RateLimit-Reset", "1790000060000"}},
       20,
       kNone,
       0,
       seconds(60)},
      {"Envoy: policies with window= and names",
       {{"x-ratelimit-limit", "10, 10;window=1;name=\"per-ip\", 1000;window=3600"},
        {"x-ratelimit-remaining", "9"},
        {"x-ratelimit-reset", "1"}},
       10,
       seconds(1),
       9,
       seconds(1)},
      {"Kong: the window in the name",
       {{"X-RateLimit-Limit-Minute", "300"},
        {"X-RateLimit-Remaining-Minute", "299"},
        {"X-RateLimit-Limit-Hour", "5000"},
        {"X-RateLimit-Remaining-Hour", "4000"},
        {"RateLimit-Limit", "300"},
        {"RateLimit-Remaining", "299"},
        {"RateLimit-Reset", "42"}},
       300,
       seconds(60),
       299,
       seconds(42)},
      {"two gateways, each with its own",
       {{"X-RateLimit-Limit", "1000"},
        {"X-RateLimit-Remaining", "1000"},
        {"X-RateLimit-Reset", "3600"},
        {"X-RateLimit-Limit", "20"},
        {"X-RateLimit-Remaining", "1"},
        {"X-RateLimit-Reset", "10"}},
       20,
       kNone,
       1,
       seconds(10)},
      {"an HTTP date",
       {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "Mon, 21 Sep 2026 14:14:20 GMT"}},
       kNone,
       kNone,
       0,
       seconds(60)},
      {"microseconds and nanoseconds",
       {{"X-RateLimit-Remaining", "1"},
        {"X-RateLimit-Reset", "1790000060000000"},
        {"X-RateLimit-Remaining", "0"},
        {"X-RateLimit-Reset", "1790000060000000000"}},
       kNone,
       kNone,
       0,
       seconds(60)},
  });
}

TEST_CASE("odd white space, quotes and letters do no harm") {
  check({
      {"white space everywhere",
       {{"rAtElImIt-PoLiCy", "\t \"default\" ; q = 100 ;\tw= 60 "},
        {"RATELIMIT", " \"default\" ;r =50; t= 30 ,"}},
       100,
       seconds(60),
       50,
       seconds(30)},
      {"a name with separators and quotes in it",
       {{"RateLimit-Policy", R"("a, \"b\"; q=1";q=100;w=60)"},
        {"RateLimit", R"("a, \"b\"; q=1";r=50;t=30)"}},
       100,
       seconds(60),
       50,
       seconds(30)},
      {"names as tokens, numbers in quotes, keys in capitals",
       {{"RateLimit-Policy", R"(default;Q="100";W=60)"}, {"RateLimit", "default;R=50;T=30"}},
       100,
       seconds(60),
       50,
       seconds(30)},
      {"a quote left open",
       {{"RateLimit-Policy", R"("default;q=1;w=1)"}, {"X-RateLimit-Limit", " 7 "}},
       7,
       kNone,
       kNone,
       kNone},
      {"a name that ends in a backslash",
       {{"RateLimit", "\"x\\"}, {"X-RateLimit-Limit", "7"}},
       7,
       kNone,
       kNone,
       kNone},
      {"the limit beside what tells nothing of it",
       {{"X-RateLimit-Remaining", "5"}, {"X-Rate-Limit-Limit", "7"}},
       7,
       kNone,
       5,
       kNone},
      {"numbers in quotes", {{"X-RateLimit-Limit", "\"7\""}}, 7, kNone, kNone, kNone},
  });
}

TEST_CASE("garbage, and what counts no requests, tells nothing") {
  for (const Headers& headers : std::vector<Headers>{
           {},
           {{"Content-Type", "application/json"}, {"X-Rate", "5"}, {"Rate", "5"}, {"", ""}},
           {{"RateLimit", ""}, {"RateLimit-Policy", ""}, {"RateLimit-Limit", ""}},
           {{"RateLimit", ",;,;=,\"\""}, {"RateLimit-Policy", ";;;,=;=,,"}},
           {{"X-RateLimit-Limit", "many"}, {"X-RateLimit-Remaining", "some"}},
           {{"X-RateLimit-Limit", "-1"}, {"X-RateLimit-Remaining", "-1"}},
           {{"X-RateLimit-Limit", "inf"}, {"X-RateLimit-Remaining", "nan"}},
           {{"X-RateLimit-Limit", "1e3"}, {"X-RateLimit-Remaining", "0x10"}},
           {{"X-RateLimit-Limit", std::string_view("5\0", 2)}},
           {{"X-RateLimit-Reset", "0"}},
           {{"X-RateLimit-Reset", "-5"}},
           {{"X-RateLimit-Reset", "1789999999"}},
           {{"X-RateLimit-Reset", "Sun, 06 Nov 1994 08:49:37 GMT"}},
           {{"X-RateLimit-Reset", "Tue Feb 16 2021 09:02:42 GMT+0100"}},
           {{"X-RateLimit-Limit-Month", "5000"}, {"X-RateLimit-Limit-tokens", "9"}},
           {{"X-RateLimit-Limit", "0"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "9"}},
           {{"RateLimit-Policy", R"("peruser";q=65535;qu="content-bytes";w=10)"},
            {"RateLimit", R"("peruser";r=0;t=5)"}},
           {{"RateLimit-Policy", R"("c";qu="concurrent-requests";q=10)"}},
       }) {
    CAPTURE(text_of(headers));
    CHECK_FALSE(read(headers).has_value());
  }
}

TEST_CASE("huge figures do not overflow") {
  const std::string digits(400, '9');
  const Headers headers{{"X-RateLimit-Limit", "18446744073709551616"},
                        {"X-RateLimit-Remaining", "18446744073709551615"},
                        {"X-RateLimit-Reset", "99999999999999999999999"},
                        {"RateLimit-Policy", "\"x\";q=100;w=99999999999999999999"},
                        {"RateLimit-Limit", digits},
                        {"RateLimit-Reset", digits}};
  const auto limit = read(headers);
  REQUIRE(limit.has_value());
  CHECK(limit->remaining == 18446744073709551615.0);
  CHECK(limit->reset == kLongestWait);
  CHECK(limit->window == kLongestWait);
}

TEST_CASE("a list that never ends is cut short") {
  std::string list;
  for (int i = 0; i < 20'000; ++i) {
    list += "\"p" + std::to_string(i) + "\";q=10;w=1;r=3;t=1,";
  }
  const auto limit =
      read({{"RateLimit-Policy", list}, {"RateLimit", list}, {"RateLimit-Limit", list}});
  REQUIRE(limit.has_value());
  CHECK(limit->quota == 10);
}

TEST_CASE("only headers that tell of limits are taken for such") {
  for (const char* name : {"RateLimit", "ratelimit-policy", "X-RateLimit-Limit",
                           "x-rate-limit-reset", "X-Ratelimit-Remaining-Minute"}) {
    CHECK(is_rate_limit_header(name));
  }
  for (const char* name :
       {"", "R", "Rate", "X-Rate", "Retry-After", "X-RateLimi", "Content-Type"}) {
    CHECK_FALSE(is_rate_limit_header(name));
  }
}

TEST_CASE("of the policies the slowest is the rate and the first to be used up the wait") {
  const auto two = read({{"RateLimit", R"("a";r=0;t=5, "b";r=0;t=50, "c";r=1;t=500)"}});
  REQUIRE(two.has_value());
  CHECK(two->remaining == 0);
  CHECK(two->reset == seconds(50));  // both must be over

  const auto announced =
      read({{"RateLimit-Policy", R"("m";q=60;w=60, "s";q=10;w=1, "d";q=9;w=86400)"}});
  REQUIRE(announced.has_value());
  CHECK(announced_rate(*announced) == 1);  // the day's is no rate
}

TEST_CASE("a rate is a quota over a window of at most a minute") {
  struct RateRow {
    AnnouncedLimit limit;
    Count rate;
  };
  for (const RateRow& row : {
           RateRow{{100, seconds(60), {}, {}}, 100.0 / 60},
           RateRow{{100, seconds(60), 3, seconds(2)}, 100.0 / 60},
           RateRow{{10, seconds(1), 0, seconds(1)}, 10.0},
           RateRow{{60, seconds(60), {}, {}}, 1.0},
           RateRow{{3600, hours(1), {}, {}}, {}},
           RateRow{{61, Millis(60'001), {}, {}}, {}},
           RateRow{{3600, hours(1), 3000, minutes(9)}, {}},
           RateRow{{100, {}, 50, seconds(30)}, {}},
           RateRow{{{}, seconds(60), 50, seconds(30)}, {}},
           RateRow{{}, {}},
       }) {
    CHECK(announced_rate(row.limit).has_value() == row.rate.has_value());
    if (row.rate) {
      CHECK(announced_rate(row.limit).value_or(0) == doctest::Approx(*row.rate));
    }
  }
}

TEST_CASE("the reset is waited for where nothing remains, or where it is all a refusal tells") {
  struct WaitRow {
    Count remaining;
    Span reset;
    bool refused;
    bool told_otherwise;
    Span wait;
  };
  for (const WaitRow& row : {
           WaitRow{0, hours(1), false, false, hours(1)},
           WaitRow{0, hours(1), true, true, hours(1)},
           WaitRow{0.5, seconds(5), false, false, seconds(5)},
           WaitRow{0, kNone, true, false, kNone},
           WaitRow{1, seconds(5), false, false, kNone},
           WaitRow{kNone, hours(1), false, false, kNone},
           WaitRow{kNone, hours(1), true, false, hours(1)},
           WaitRow{kNone, hours(1), true, true, hours(1)},
           WaitRow{14, seconds(55), true, false, seconds(55)},
           WaitRow{14, seconds(55), true, true, kNone},  // GitHub's secondary limits
           WaitRow{4000, hours(1), true, false, kNone},
           WaitRow{kNone, kNone, true, false, kNone},
       }) {
    CAPTURE(row.remaining.value_or(-1));
    CAPTURE(row.refused);
    CAPTURE(row.told_otherwise);
    const AnnouncedLimit limit{{}, {}, row.remaining, row.reset};
    CHECK(announced_wait(limit, row.refused, row.told_otherwise) == row.wait);
  }
}

}  // namespace
}  // namespace dogged
