// SPDX-License-Identifier: MIT
// What servers say of waits and limits: whatever it is, the pace stays a pace.
#include "pace/adaptive_pacer.h"
#include "pace/announced_pace.h"
#include "pace/rate_limit_headers.h"
#include "pace/retry_after.h"
#include "tests/fuzz/fuzz.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace dogged::fuzz {
namespace {

bool is_wait(const std::optional<Millis>& wait) {
  return !wait || (*wait > Millis(0) && *wait <= kLongestWait);
}
bool is_figure(const std::optional<double>& figure, double least) {
  return !figure || (std::isfinite(*figure) && *figure >= least);
}

// The three forms of RFC 9110 say the same moment.
void try_dates(std::uint64_t bits, WallTime now) {
  const std::int64_t seconds = to_ms(now) / 1000 +
                               static_cast<std::int64_t>(bits % (80ULL * 365 * 86'400)) -
                               40LL * 365 * 86'400;
  const WallTime t = from_ms(seconds * 1000);
  const std::tm parts = fmt::gmtime(static_cast<std::time_t>(seconds));
  for (const std::string& text :
       {fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", parts),
        fmt::format("{:%A, %d-%b-%y %H:%M:%S GMT}", parts),
        fmt::format("{:%a %b} {:2d} {:%H:%M:%S %Y}", parts, parts.tm_mday, parts)}) {
    require(parse_http_date(text, now) == t, "an HTTP date is the moment that it says", text);
    const auto wait = parse_retry_after(text, now);
    require(wait.has_value() == (t > now) && is_wait(wait), "a date ahead is a wait", text);
  }
  // Whole seconds up to three years are what they say.
  const std::int64_t delta = static_cast<std::int64_t>(bits % (366ULL * 86'400)) + 1;
  require(parse_retry_after(std::to_string(delta), now) == std::chrono::seconds(delta),
          "seconds are seconds");
}

// Takes every answer with such a hint. Whatever was said, there is a next start, and it is near.
void try_pace(const ServerHint& hint, std::string_view headers) {
  SteadyTime now{std::chrono::hours(1)};
  AdaptivePacer pacer({8, 0.25}, 1);
  for (int i = 0; i < 20; ++i) {
    const StartDecision decision = pacer.next_start(now);
    if (decision.kind == StartDecision::Kind::now) {
      pacer.on_end(pacer.on_start(now), i % 3 == 0 ? PaceSignal::refused : PaceSignal::answered,
                   hint, now + Millis(20));
    } else {
      require(decision.kind == StartDecision::Kind::not_before && decision.at > now,
              "with nothing in flight the next start has its time", headers);
      require(decision.at - now <= kLongestWait + std::chrono::hours(24),
              "no wait is longer than the longest", headers);
      now = decision.at;
    }
    now += Millis(20);
    const PaceView view = pacer.view(now);
    require(std::isfinite(view.concurrency_limit) && view.concurrency_limit >= 1,
            "one request may always be in flight", headers);
    require(is_figure(view.start_rate, 1e-9), "a start rate is a rate", headers);
  }
}

void try_headers(const std::vector<HeaderView>& headers, WallTime server_now,
                 std::string_view text) {
  const auto limit = read_rate_limits(headers, server_now);
  if (!limit) {
    return;
  }
  require(limit->quota || limit->remaining || limit->reset, "an announcement says something", text);
  require(is_figure(limit->quota, 0) && limit->quota != 0.0, "a quota is above 0", text);
  require(is_figure(limit->remaining, 0), "what remains is 0 or more", text);
  require(!limit->window || *limit->window > Millis(0), "a window is above 0", text);
  require(is_wait(limit->reset), "a reset lies ahead, and not too far", text);
  ServerHint hint;
  hint.announced_rate = announced_rate(*limit);
  hint.remaining = limit->remaining;
  hint.reset = limit->reset;
  require(is_figure(hint.announced_rate, 0) && hint.announced_rate != 0.0,
          "an announced rate is a rate", text);
  for (const bool refused : {false, true}) {
    hint.retry_after = announced_wait(*limit, refused, false);
    require(is_wait(hint.retry_after), "an announced wait is a wait", text);
    require(is_wait(announced_wait(*limit, refused, true)), "an announced wait is a wait", text);
  }
  try_pace(hint, text);
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) {
    bits = bits << 8U | parts.byte();
  }
  const std::string_view text = parts.rest();
  const WallTime now = from_ms(1'793'000'000'123);
  // What the server takes for the time: its Date, which may be any.
  const WallTime server_now = parse_http_date(parts.line(), now).value_or(now);
  require(std::chrono::abs(server_now.time_since_epoch()) < std::chrono::hours(24 * 366 * 11'000),
          "a date is of these millennia", text);
  try_dates(bits, now);
  require(is_wait(parse_retry_after(parts.rest(), server_now)), "a Retry-After is a wait", text);
  std::vector<HeaderView> headers;
  while (!parts.empty()) {
    Parts line(parts.line());
    const std::string_view name = line.until(':');
    require(is_wait(parse_retry_after(line.rest(), server_now)), "a Retry-After is a wait", text);
    if (is_rate_limit_header(name)) {
      headers.push_back({name, line.rest()});
    }
  }
  try_headers(headers, server_now, text);
}

}  // namespace dogged::fuzz
