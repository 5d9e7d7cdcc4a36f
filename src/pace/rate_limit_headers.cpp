// SPDX-License-Identifier: MIT
#include "pace/rate_limit_headers.h"

#include "base/text.h"
#include "pace/rate_limit_policy.h"
#include "pace/retry_after.h"
#include "pace/structured_field.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

namespace dogged {
namespace {

using std::chrono::duration;

constexpr Millis kLongestRateWindow = std::chrono::minutes(1);
constexpr std::size_t kMostPolicies = 32;  // more are no announcement but an attack

enum class Field { none, combined, policy, limit, remaining, reset, reset_after };

// What a header's name says. Headers of one `family` and `window` tell of the same limit.
struct FieldName {
  Field field = Field::none;
  std::string_view family = {};       // of the spellings; empty: of structured fields
  std::optional<Millis> window = {};  // where the name has it: Kong's -Minute
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || !equals_ignoring_case(text.substr(0, prefix.size()), prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::string_view> take_family(std::string_view& name) {
  constexpr std::array<std::string_view, 3> kFamilies{"RateLimit", "X-RateLimit", "X-Rate-Limit"};
  for (const std::string_view family : kFamilies) {
    if (take_prefix(name, family)) {
      return family;
    }
  }
  return std::nullopt;
}

FieldName field_name(std::string_view name) {
  const auto family = take_family(name);
  if (!family) {
    return {};
  }
  if (name.empty()) {
    return {Field::combined};
  }
  struct Suffix {
    std::string_view text;
    Field field;
  };
  constexpr std::array<Suffix, 5> kSuffixes{{{"-Policy", Field::policy},
                                             {"-Limit", Field::limit},
                                             {"-Remaining", Field::remaining},
                                             {"-Reset-After", Field::reset_after},
                                             {"-Reset", Field::reset}}};
  const auto* const suffix = std::find_if(kSuffixes.begin(), kSuffixes.end(), [&](const Suffix& s) {
    return take_prefix(name, s.text);
  });
  if (suffix == kSuffixes.end()) {
    return {};
  }
  if (name.empty()) {
    return {suffix->field, *family};
  }
  struct Unit {
    std::string_view text;
    Millis window;
  };
  constexpr std::array<Unit, 4> kUnits{{{"-Second", std::chrono::seconds(1)},
                                        {"-Minute", std::chrono::minutes(1)},
                                        {"-Hour", std::chrono::hours(1)},
                                        {"-Day", std::chrono::hours(24)}}};
  for (const Unit& unit : kUnits) {
    if (equals_ignoring_case(name, unit.text)) {
      return {suffix->field, *family, unit.window};
    }
  }
  return {};
}

double per_second(double count, Millis span) {
  return count / duration<double>(span).count();
}

// Gathers what the headers say.
class Reader {
 public:
  explicit Reader(WallTime server_now) : server_now_(server_now) {}

  void add(const HeaderView& header);
  std::optional<AnnouncedLimit> result();

 private:
  void add_combined(std::string_view value);
  void add_limit(const FieldName& name, std::string_view value);
  void set_reset(const FieldName& name, std::optional<Millis> Policy::*member,
                 std::string_view value);
  void declare(std::string_view list);
  void join_declared();
  std::vector<Policy> all_known() const;
  template <typename Member>
  Policy* place(const FieldName& name, Member member);

  const WallTime server_now_;
  std::vector<Policy> live_;      // with what remains
  std::vector<Policy> declared_;  // of RateLimit-Policy
};

// The first policy of those headers that has no such figure yet: where a header comes twice, as
// behind two gateways, the first of each kind belong together, and so do the second.
template <typename Member>
Policy* Reader::place(const FieldName& name, Member member) {
  for (Policy& policy : live_) {
    if (policy.family == name.family && policy.family_window == name.window && !(policy.*member)) {
      return &policy;
    }
  }
  if (live_.size() == kMostPolicies) {
    return nullptr;
  }
  Policy policy;
  policy.family = name.family;
  policy.family_window = policy.window = name.window;
  return &live_.emplace_back(policy);
}

void Reader::add(const HeaderView& header) {
  const FieldName name = field_name(header.name);
  std::string_view list = header.value;
  switch (name.field) {
    case Field::none:
      return;
    case Field::combined:
      return add_combined(header.value);
    case Field::policy:
      return declare(header.value);
    case Field::limit:
      return add_limit(name, header.value);
    case Field::remaining:
      if (const auto number = parse_decimal(take_part(list, ','))) {
        if (Policy* const policy = place(name, &Policy::remaining)) {
          policy->remaining = number;
        }
      }
      return;
    case Field::reset:
      return set_reset(name, &Policy::reset, header.value);
    case Field::reset_after:
      return set_reset(name, &Policy::reset_after, header.value);
  }
}

void Reader::set_reset(const FieldName& name, std::optional<Millis> Policy::*member,
                       std::string_view value) {
  if (const auto reset = parse_reset(value, server_now_)) {
    if (Policy* const policy = place(name, member)) {
      policy->*member = reset;
    }
  }
}

// Named policies, or the limit=, remaining=, reset= of drafts 6 and 7, which are one policy in
// several items of the list.
void Reader::add_combined(std::string_view value) {
  Policy unnamed;
  while (!value.empty()) {
    const Policy item = parse_policy(take_part(value, ','), server_now_);
    if (!item.name.empty()) {
      if (live_.size() < kMostPolicies) {
        live_.push_back(item);
      }
      continue;
    }
    unnamed.quota = item.quota ? item.quota : unnamed.quota;
    unnamed.remaining = item.remaining ? item.remaining : unnamed.remaining;
    unnamed.reset = item.reset ? item.reset : unnamed.reset;
    unnamed.of_requests = unnamed.of_requests && item.of_requests;
  }
  if ((unnamed.quota || unnamed.remaining || unnamed.reset) && live_.size() < kMostPolicies) {
    live_.push_back(unnamed);
  }
}

// "100", and with policies behind it as in drafts up to 2 and in Envoy: "100, 100;w=60,
// 1000;w=3600".
void Reader::add_limit(const FieldName& name, std::string_view value) {
  std::string_view rest = value;
  const Policy first = parse_policy(take_part(rest, ','), server_now_);
  if (const auto quota = first.quota ? first.quota : parse_decimal(first.name)) {
    if (Policy* const policy = place(name, &Policy::quota)) {
      policy->quota = quota;
      policy->window = first.window ? first.window : policy->window;
    }
  }
  declare(rest);
}

void Reader::declare(std::string_view list) {
  while (!list.empty()) {
    const Policy policy = parse_policy(take_part(list, ','), server_now_);
    if ((policy.quota || !policy.of_requests) && declared_.size() < kMostPolicies) {
      declared_.push_back(policy);
    }
  }
}

// Gives what was told of a policy's state what was told of the policy itself.
void Reader::join_declared() {
  for (Policy& policy : live_) {
    policy.reset = policy.reset_after ? policy.reset_after : policy.reset;
    const auto same = std::find_if(declared_.begin(), declared_.end(), [&](const Policy& other) {
      return policy.name.empty() ? policy.quota && policy.quota == other.quota
                                 : policy.name == other.name;
    });
    const Policy* found = same == declared_.end() ? nullptr : &*same;
    if (found == nullptr && !policy.quota && declared_.size() == 1) {
      found = &declared_.front();
    }
    if (found != nullptr) {
      policy.quota = policy.quota ? policy.quota : found->quota;
      policy.window = policy.window ? policy.window : found->window;
      policy.of_requests = policy.of_requests && found->of_requests;
    }
  }
  const auto tells_nothing = [](const Policy& p) {
    return !p.of_requests || (p.quota && *p.quota <= 0) || !(p.quota || p.remaining || p.reset);
  };
  std::erase_if(live_, tells_nothing);
  std::erase_if(declared_, tells_nothing);
}

std::vector<Policy> Reader::all_known() const {
  std::vector<Policy> all = live_;
  all.insert(all.end(), declared_.begin(), declared_.end());
  return all;
}

// Sorts the policy with the fewest requests a second first. Those of long windows are no rates and
// come behind.
bool slower(const Policy& a, const Policy& b) {
  const auto is_rate = [](const Policy& p) {
    return p.quota && p.window && *p.window <= kLongestRateWindow;
  };
  if (is_rate(a) != is_rate(b)) {
    return is_rate(a);
  }
  const auto rate = [](const Policy& p) {
    return p.quota && p.window ? per_second(*p.quota, *p.window)
                               : std::numeric_limits<double>::infinity();
  };
  return rate(a) != rate(b) ? rate(a) < rate(b) : a.quota && !b.quota;
}

// Sorts the policy that is used up first to the front; of those that are, the one that is longest.
bool sooner(const Policy& a, const Policy& b) {
  if (a.remaining.has_value() != b.remaining.has_value()) {
    return a.remaining.has_value();
  }
  const auto rate = [](const Policy& p) {
    const double remaining = p.remaining.value_or(0);
    return p.reset || remaining == 0 ? per_second(remaining, p.reset.value_or(kLongestWait))
                                     : std::numeric_limits<double>::infinity();
  };
  return rate(a) != rate(b) ? rate(a) < rate(b)
                            : a.reset.value_or(Millis(0)) > b.reset.value_or(Millis(0));
}

std::optional<AnnouncedLimit> Reader::result() {
  join_declared();
  AnnouncedLimit limit;
  const auto first = std::min_element(live_.begin(), live_.end(), sooner);
  if (first != live_.end()) {
    limit.remaining = first->remaining;
    limit.reset = first->reset;
    limit.quota = first->quota;
  }
  const std::vector<Policy> all = all_known();
  const auto slowest = std::min_element(all.begin(), all.end(), slower);
  if (slowest != all.end() && (slowest->window || !limit.quota)) {
    limit.quota = slowest->quota;
    limit.window = slowest->window;
  }
  if (!limit.quota && !limit.remaining && !limit.reset) {
    return std::nullopt;
  }
  return limit;
}

}  // namespace

bool is_rate_limit_header(std::string_view name) {
  return take_family(name).has_value();
}

std::optional<AnnouncedLimit> read_rate_limits(std::span<const HeaderView> headers,
                                               WallTime server_now) {
  Reader reader(server_now);
  for (const HeaderView& header : headers) {
    reader.add(header);
  }
  return reader.result();
}

std::optional<double> announced_rate(const AnnouncedLimit& limit) {
  if (!limit.quota || !limit.window || *limit.window > kLongestRateWindow) {
    return std::nullopt;
  }
  return per_second(*limit.quota, *limit.window);
}

std::optional<Millis> announced_wait(const AnnouncedLimit& limit, bool refused,
                                     bool told_otherwise) {
  if (!limit.remaining) {
    return refused ? limit.reset : std::nullopt;
  }
  if (*limit.remaining < 1) {
    return limit.reset;
  }
  const bool near = limit.reset <= kLongestRateWindow;
  return refused && !told_otherwise && near ? limit.reset : std::nullopt;
}

}  // namespace dogged
