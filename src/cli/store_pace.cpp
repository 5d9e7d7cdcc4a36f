// SPDX-License-Identifier: MIT
#include "cli/store_pace.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/setting_text.h"

#include <fmt/format.h>

#include <charconv>

namespace dogged {
namespace {

Caps source_caps(const std::optional<Source>& source) {
  if (!source) {
    return {};
  }
  try {
    return caps_of(source->limits);
  } catch (const Error& error) {
    log_warning(error.what());
    LimitSpec others = source->limits;
    others.quota.clear();
    return caps_of(others);
  }
}

std::int64_t number_at(const JsonDocument& document, const std::string& pointer) {
  const std::string digits = text_at(document, pointer);
  std::int64_t number = 0;
  (void)std::from_chars(digits.data(), digits.data() + digits.size(),
                        number);  // 0 where it is none
  return number;
}

// What setting::kQuotaUsed counts of `window`: {"begin_ms","end_ms","used",...,"also":[the same of
// other windows]}.
std::int64_t used_in(const JsonDocument& counts, const QuotaWindow& window) {
  std::string pointer;
  for (int next = 0; counts.find(pointer); pointer = fmt::format("/also/{}", next++)) {
    if (number_at(counts, pointer + "/begin_ms") == to_ms(window.begin) &&
        number_at(counts, pointer + "/end_ms") == to_ms(window.end)) {
      return number_at(counts, pointer + "/used");
    }
  }
  return 0;
}

void add_lower(std::vector<QuotaUse>& uses, const QuotaUse& use) {
  for (QuotaUse& known : uses) {
    if (known.window.begin == use.window.begin && known.window.end == use.window.end) {
      known = known.quota.count <= use.quota.count ? known : use;
      return;
    }
  }
  uses.push_back(use);
}

}  // namespace

Caps stored_caps(std::string_view json) {
  if (json.empty()) {
    return {};
  }
  std::optional<Caps> caps = caps_from_json(json);
  if (!caps) {
    log_warning(
        fmt::format("the caps in the store cannot be read, set them anew with `dogged "
                    "limit`: {}",
                    printable(json)));
  }
  return caps.value_or(Caps());
}

Caps caps_of(const LimitSpec& limits) {
  Caps caps{limits.max_concurrency, limits.rate, std::nullopt};
  if (!limits.quota.empty()) {
    Result<Quota> quota = parse_quota(limits.quota);
    if (!quota) {
      throw Error(Fault::usage, "the source's quota: " + quota.error());
    }
    caps.quota = quota.value();
  }
  return caps;
}

std::vector<QuotaUse> quotas_in_use(const Caps& a, const Caps& b, std::string_view quota_used,
                                    WallTime now) {
  JsonDocument counts;
  const bool counted = counts.parse(quota_used).ok();
  std::vector<QuotaUse> uses;
  for (const std::optional<Quota>& quota : {a.quota, b.quota}) {
    if (!quota) {
      continue;
    }
    try {
      QuotaUse use{*quota, window_of(*quota, now), 0};
      use.used = counted ? used_in(counts, use.window) : 0;
      add_lower(uses, use);
    } catch (const Error& error) {
      log_warning(error.what());
    }
  }
  return uses;
}

std::optional<WallTime> server_wait_from(std::string_view ms, WallTime now) {
  const std::optional<WallTime> until = time_from_ms(ms);
  return until && *until > now ? until : std::nullopt;
}

StorePace read_store_pace(StoreReader& reader, const std::optional<Source>& source, WallTime now) {
  const auto text = [&reader](std::string_view key) { return reader.setting(key).value_or(""); };
  StorePace pace;
  pace.caps = stored_caps(text(setting::kCaps));
  pace.source_caps = source_caps(source);
  pace.paused_since = time_from_ms(text(setting::kPaused));
  pace.server_wait = server_wait_from(text(setting::kWait), now);
  if (JsonDocument outage; outage.parse(text(setting::kOutage))) {
    pace.no_answer_since = time_from_ms(text_at(outage, "/since_ms"));
  }
  pace.learned = learned_from_json(text(setting::kLearned));
  pace.quota_used = text(setting::kQuotaUsed);
  return pace;
}

}  // namespace dogged
