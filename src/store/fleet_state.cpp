// SPDX-License-Identifier: MIT
#include "store/fleet_state.h"

#include "base/error.h"
#include "base/json_document.h"
#include "base/text.h"
#include "store/job_store.h"

#include <fmt/format.h>

#include <charconv>

namespace dogged {

namespace {

[[noreturn]] void throw_unreadable(std::string_view key, std::string_view text) {
  throw Error(fmt::format("the store's setting '{}' is nothing that dogged wrote: {}; {}", key,
                          printable(text),
                          key == setting::kCaps ? "set the caps anew with `dogged limit`"
                                                : "restore the store from a copy"));
}

std::optional<std::int64_t> number_from(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

// A number of its own; nothing where the text is empty.
std::optional<std::int64_t> number_setting(std::string_view key, const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto number = number_from(text);
  if (!number) {
    throw_unreadable(key, text);
  }
  return number;
}

std::optional<std::int64_t> number_at(const JsonDocument& document, const std::string& pointer) {
  const auto found = document.find(pointer);
  return found && document.node(*found).type == JsonDocument::Type::number
             ? number_from(document.text(*found))
             : std::nullopt;
}

std::optional<QuotaCount> count_at(const JsonDocument& document, const std::string& pointer) {
  const auto begin = number_at(document, pointer + "/begin_ms");
  const auto end = number_at(document, pointer + "/end_ms");
  const auto since = number_at(document, pointer + "/since_ms");
  const auto used = number_at(document, pointer + "/used");
  if (!begin || !end || !since || !used) {
    return std::nullopt;
  }
  return QuotaCount{from_ms(*begin), from_ms(*end), from_ms(*since), *used};
}

std::vector<QuotaCount> quota_used_from(const std::string& text) {
  std::vector<QuotaCount> counts;
  if (text.empty()) {
    return counts;
  }
  JsonDocument document;
  if (!document.parse(text)) {
    throw_unreadable(setting::kQuotaUsed, text);
  }
  std::string pointer;
  do {
    const auto count = count_at(document, pointer);
    if (!count) {
      throw_unreadable(setting::kQuotaUsed, text);
    }
    counts.push_back(*count);
    pointer = fmt::format("/also/{}", counts.size() - 1);
  } while (document.find(pointer));
  return counts;
}

std::string members_of(const QuotaCount& count) {
  return fmt::format(R"("begin_ms":{},"end_ms":{},"since_ms":{},"used":{})", to_ms(count.begin),
                     to_ms(count.end), to_ms(count.since), count.used);
}

std::string to_text(const std::vector<QuotaCount>& counts) {
  if (counts.empty()) {
    return {};
  }
  std::string also;
  for (std::size_t i = 1; i < counts.size(); ++i) {
    also += fmt::format("{}{{{}}}", i > 1 ? "," : "", members_of(counts[i]));
  }
  return also.empty() ? fmt::format("{{{}}}", members_of(counts[0]))
                      : fmt::format(R"({{{},"also":[{}]}})", members_of(counts[0]), also);
}

// Nothing also where it cannot be read: who finds an outage tells it again.
std::optional<Outage> outage_from(const std::string& text) {
  JsonDocument document;
  if (text.empty() || !document.parse(text)) {
    return std::nullopt;
  }
  const auto since = number_at(document, "/since_ms");
  const auto canary = document.find("/canary");
  const auto reporting = document.find("/reporting");
  if (!since || !canary || !reporting) {
    return std::nullopt;
  }
  return Outage{from_ms(*since), std::string(document.text(*canary)),
                document.node(*reporting).truth};
}

std::string to_text(const std::optional<Outage>& outage) {
  return outage ? fmt::format(R"({{"since_ms":{},"canary":{},"reporting":{}}})",
                              to_ms(outage->since), json_string(outage->canary), outage->reporting)
                : std::string();
}

}  // namespace

std::string* FleetSettings::find(std::string_view key) {
  const std::array<std::pair<std::string_view, std::string*>, 6> all{
      {{setting::kCaps, &caps},
       {setting::kPaused, &paused},
       {setting::kWait, &wait},
       {setting::kStartSlot, &start_slot},
       {setting::kQuotaUsed, &quota_used},
       {setting::kOutage, &outage}}};
  for (const auto& [name, text] : all) {
    if (name == key) {
      return text;
    }
  }
  return nullptr;
}

FleetState to_state(const FleetSettings& settings) {
  FleetState state;
  state.limit = caps_from_text(settings.caps);
  state.paused = number_setting(setting::kPaused, settings.paused).value_or(0) != 0;
  // What cannot be read costs no more than a refused request: the server says it again.
  if (const auto wait = number_from(settings.wait)) {
    state.wait_until = from_ms(*wait);
  }
  state.next_slot_us = number_setting(setting::kStartSlot, settings.start_slot).value_or(0);
  state.quota_used = quota_used_from(settings.quota_used);
  state.outage = outage_from(settings.outage);
  return state;
}

std::vector<std::pair<std::string_view, std::string>> changed_settings(const FleetState& before,
                                                                       const FleetState& after) {
  std::vector<std::pair<std::string_view, std::string>> changes;
  if (after.wait_until && after.wait_until != before.wait_until) {
    changes.emplace_back(setting::kWait, std::to_string(to_ms(*after.wait_until)));
  }
  if (after.next_slot_us != before.next_slot_us) {
    changes.emplace_back(setting::kStartSlot, std::to_string(after.next_slot_us));
  }
  if (after.quota_used != before.quota_used) {
    changes.emplace_back(setting::kQuotaUsed, to_text(after.quota_used));
  }
  if (after.outage != before.outage) {
    changes.emplace_back(setting::kOutage, to_text(after.outage));
  }
  return changes;
}

std::string caps_text(const Caps& caps) {
  return caps == Caps() ? std::string() : to_json(caps);
}

Caps caps_from_text(const std::string& text) {
  if (text.empty()) {
    return {};
  }
  const std::optional<Caps> caps = caps_from_json(text);
  if (!caps) {
    throw_unreadable(setting::kCaps, text);
  }
  return *caps;
}

}  // namespace dogged
