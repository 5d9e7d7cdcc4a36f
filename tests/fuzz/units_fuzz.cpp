// SPDX-License-Identifier: MIT
// Durations, sizes, rates and quotas as users write them; what is stored is read again.
#include "base/units.h"
#include "pace/caps.h"
#include "pace/quota.h"
#include "tests/fuzz/fuzz.h"

#include <cmath>

namespace dogged::fuzz {
namespace {

constexpr Millis kCentury = std::chrono::hours(24 * 366 * 100);

void try_rate(std::string_view text) {
  const auto rate = parse_rate(text);
  if (!rate) {
    return;
  }
  require(
      std::isfinite(rate.value().count) && rate.value().count > 0 && rate.value().per > Millis(0),
      "a rate is a rate", text);
  require(rate.value().per_second() > 0, "a rate is not so low that it is none", text);
  (void)format_rate(rate.value());
  const std::string written = exact_rate(rate.value());
  const auto again = parse_rate(written);
  require(again.ok(), "a rate that was written can be read", written);
  require(again.value() == rate.value(), "a rate that was written reads the same", written);
  Caps caps;
  caps.rate = rate.value();
  require(caps_from_json(to_json(caps)) == caps, "a stored cap reads the same", to_json(caps));
}

void try_quota(std::string_view text, WallTime now) {
  const auto quota = parse_quota(text);
  if (!quota) {
    return;
  }
  require(quota.value().count > 0, "a quota allows something", text);
  const auto again = parse_quota(format_quota(quota.value()));
  require(again.ok() && again.value() == quota.value(), "a quota that was written reads the same",
          format_quota(quota.value()));
  const QuotaWindow window = window_of(quota.value(), now);
  require(window.begin <= now && now < window.end, "now is in its window", text);
  require(window.end - window.begin <= std::chrono::hours(49), "a window is a day or two", text);
  Caps caps;
  caps.quota = quota.value();
  require(caps_from_json(to_json(caps)) == caps, "a stored cap reads the same", to_json(caps));
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  const std::uint8_t when = parts.byte();
  // From 1969 to 2100, and both hours of a day on which clocks are set back.
  const WallTime now = when == 0 ? from_ms(1'793'000'000'000) : from_ms(when * 16'200'000'123 - 1);
  const std::string_view text = parts.rest();
  if (const auto duration = parse_duration(text)) {
    require(duration.value() >= Millis(0) && duration.value() <= kCentury, "no duration overflows",
            text);
    (void)format_duration(duration.value());
  }
  if (const auto size = parse_size(text)) {
    require(size.value() >= 0, "no size is negative", text);
    (void)format_size(size.value());
  }
  try_rate(text);
  try_quota(text, now);
  if (const auto caps = caps_from_json(text)) {
    require(caps_from_json(to_json(*caps)) == caps, "a stored cap reads the same", text);
  }
}

}  // namespace dogged::fuzz
