// SPDX-License-Identifier: MIT
#include "pace/caps.h"

#include "base/json_document.h"
#include "base/text.h"
#include "pace/start_slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace dogged {

namespace {

using Index = JsonDocument::Index;

double per_second(const Quota& quota) {
  switch (quota.per) {
    case Quota::Per::minute:
      return static_cast<double>(quota.count) / 60;
    case Quota::Per::hour:
      return static_cast<double>(quota.count) / 3600;
    case Quota::Per::day:
      break;
  }
  return static_cast<double>(quota.count) / 86400;
}

Quota lower(const Quota& a, const Quota& b) {
  if (per_second(a) != per_second(b)) {
    return per_second(a) < per_second(b) ? a : b;
  }
  return format_quota(a) <= format_quota(b) ? a : b;  // whichever, but the same for all workers
}

// A rate that keeps both. Mostly the one with fewer starts a second does; where they are nearly the
// same, a long window leaves a start more time to be late than a short one can bear.
Rate lower(const Rate& a, const Rate& b) {
  const bool a_is_lower =
      a.per_second() < b.per_second() || (a.per_second() == b.per_second() && a.per <= b.per);
  const Rate& low = a_is_lower ? a : b;
  const Rate& high = a_is_lower ? b : a;
  if (keeps(low, high)) {
    return low;
  }
  const Millis per = std::min(a.per, b.per);
  return {low.per_second() * static_cast<double>(per.count()) / 1000, per};
}

template <typename T>
std::optional<T> lower(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b) {
    return a ? a : b;
  }
  return lower(*a, *b);
}

bool read_concurrency(const JsonDocument& document, Index value, Caps& caps) {
  const std::string_view digits = document.text(value);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 1) {
    return false;
  }
  caps.max_concurrency = number;
  return true;
}

bool read_member(const JsonDocument& document, std::string_view name, Index value, Caps& caps) {
  const auto type = document.node(value).type;
  if (name == "max_concurrency" && type == JsonDocument::Type::number) {
    return read_concurrency(document, value, caps);
  }
  if (name == "rate" && type == JsonDocument::Type::string) {
    const auto rate = parse_rate(document.text(value));
    caps.rate = rate ? std::optional(rate.value()) : std::nullopt;
    return rate.ok();
  }
  if (name == "quota" && type == JsonDocument::Type::string) {
    const auto quota = read_quota(document.text(value));
    caps.quota = quota ? std::optional(quota.value()) : std::nullopt;
    return quota.ok();
  }
  return false;
}

}  // namespace

Caps lowest(const Caps& a, const Caps& b) {
  Caps caps;
  caps.max_concurrency = a.max_concurrency && b.max_concurrency
                             ? std::min(a.max_concurrency, b.max_concurrency)
                             : std::max(a.max_concurrency, b.max_concurrency);
  caps.rate = lower(a.rate, b.rate);
  caps.quota = lower(a.quota, b.quota);
  return caps;
}

std::string to_json(const Caps& caps) {
  std::string members;
  const auto add = [&members](std::string_view name, const std::string& value) {
    members += fmt::format("{}\"{}\":{}", members.empty() ? "" : ",", name, value);
  };
  if (caps.max_concurrency) {
    add("max_concurrency", std::to_string(*caps.max_concurrency));
  }
  if (caps.rate) {
    add("rate", json_string(exact_rate(*caps.rate)));
  }
  if (caps.quota) {
    add("quota", json_string(format_quota(*caps.quota)));
  }
  return "{" + members + "}";
}

std::optional<Caps> caps_from_json(std::string_view text) {
  JsonDocument document;
  if (!document.parse(text) || document.node(document.root()).type != JsonDocument::Type::object) {
    return std::nullopt;
  }
  Caps caps;
  const Index end = document.node(document.root()).end;
  for (Index name = document.root() + 1; name < end;) {
    const Index value = document.node(name).end;
    if (!read_member(document, document.text(name), value, caps)) {
      return std::nullopt;
    }
    name = document.node(value).end;
  }
  return caps;
}

}  // namespace dogged
