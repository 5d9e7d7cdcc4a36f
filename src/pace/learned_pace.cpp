// SPDX-License-Identifier: MIT
#include "pace/learned_pace.h"

#include "base/json_document.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace dogged {
namespace {

constexpr double kMostAtOnce = 1e6;
constexpr double kMostPerSecond = 1e9;
constexpr std::int64_t kLatest = 253'402'300'800'000;  // the end of the year 9999
constexpr double kFirstShare = 0.9;
constexpr std::chrono::hours kHalfLife{24};
constexpr std::chrono::hours kForgotten{24 * 7};

// Shortest digits that read back as the same figure, whatever the locale.
std::string digits_of(double figure) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), figure).ptr;
  return {text.data(), end};
}

template <typename Number>
std::optional<Number> number_at(const JsonDocument& json, std::string_view pointer, Number most) {
  const auto at = json.find(pointer);
  if (!at || json.node(*at).type != JsonDocument::Type::number) {
    return std::nullopt;
  }
  const std::string_view digits = json.text(*at);
  const char* const end = digits.data() + digits.size();
  Number value{};
  const auto read = std::from_chars(digits.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || !(value > 0) || !(value <= most)) {
    return std::nullopt;
  }
  return value;
}

// "198", "4.9": what of a figure people care for.
std::string rounded(double figure) {
  if (figure >= 9.95) {
    return with_thousands(std::llround(figure));
  }
  return digits_of(std::round(figure * 10) / 10);
}

std::string describe_rate(double per_second) {
  if (per_second >= 1) {
    return rounded(per_second) + "/s";
  }
  return per_second * 60 >= 1 ? rounded(per_second * 60) + "/min"
                              : rounded(per_second * 3600) + "/h";
}

}  // namespace

std::string to_json(const LearnedPace& pace) {
  // JSON has no word for what is no number; what reads this takes null for nothing learned.
  std::string json = R"({"concurrency":)";
  json += std::isfinite(pace.concurrency) ? digits_of(pace.concurrency) : "null";
  if (pace.rate && std::isfinite(*pace.rate)) {
    json += R"(,"rate":)" + digits_of(*pace.rate);
  }
  return json + R"(,"at_ms":)" + std::to_string(to_ms(pace.at)) + '}';
}

std::optional<LearnedPace> learned_from_json(std::string_view text) {
  JsonDocument json;
  if (!json.parse(text) || json.node(json.root()).type != JsonDocument::Type::object) {
    return std::nullopt;
  }
  const bool has_rate = json.find("/rate").has_value();
  const auto concurrency = number_at(json, "/concurrency", kMostAtOnce);
  const auto rate = number_at(json, "/rate", kMostPerSecond);
  const auto at = number_at(json, "/at_ms", kLatest);
  if (!concurrency || !at || rate.has_value() != has_rate ||
      json.node(json.root()).count != (has_rate ? 3U : 2U)) {
    return std::nullopt;
  }
  return LearnedPace{*concurrency, rate, from_ms(*at)};
}

std::string describe(const LearnedPace& pace) {
  const double whole = std::clamp(std::floor(pace.concurrency), 1.0, kMostAtOnce);
  const std::string at_once = with_thousands(static_cast<std::int64_t>(whole)) + " at once";
  return pace.rate ? describe_rate(*pace.rate) + ", " + at_once : at_once;
}

std::optional<LearnedPace> start_from(const LearnedPace& pace, WallTime now) {
  // What seems to be of the future was written under a wrong clock, now or then: as doubtful as if
  // it were so old.
  const Millis age = now > pace.at ? now - pace.at : pace.at - now;
  if (age >= kForgotten) {
    return std::nullopt;
  }
  const double half_lives =
      static_cast<double>(age.count()) / static_cast<double>(Millis(kHalfLife).count());
  const double share = kFirstShare * std::exp2(-half_lives);
  LearnedPace start = pace;
  start.concurrency = std::max(1.0, pace.concurrency * share);
  if (pace.rate) {
    start.rate = *pace.rate * share;
  }
  return start;
}

}  // namespace dogged
