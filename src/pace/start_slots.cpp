// SPDX-License-Identifier: MIT
#include "pace/start_slots.h"

#include <algorithm>
#include <cmath>

namespace dogged {

namespace {

using std::chrono::microseconds;

constexpr double kLeastSlack = 5'000;  // microseconds: a fifth of it is WallTime's resolution
constexpr double kMostSlack = 50'000;
constexpr double kMostSpacing = 100.0 * 366 * 86400e6;  // safe to add to any time of day

std::int64_t to_us(WallTime t) {
  return to_ms(t) * 1000;
}

// The window in which a whole number of starts is allowed at least once.
double window_us(const Rate& rate) {
  const double per = static_cast<double>(rate.per.count()) * 1000;
  return rate.count < 1 ? per / rate.count : per;
}

double count_in_window(const Rate& rate) {
  return std::max(rate.count, 1.0);
}

double slack_us(double window) {
  return std::clamp(window / 100, kLeastSlack, kMostSlack);
}

// Where the line goes on: not further ahead than it can be.
std::int64_t plausible(std::int64_t next_us, microseconds spacing, WallTime now) {
  const microseconds reach = kMostSlotLead + microseconds(kSlotHorizon) + spacing;
  const std::int64_t furthest = to_us(now) + reach.count();
  const bool is_ours = next_us - microseconds(kClockDoubt).count() <= furthest;
  return is_ours ? next_us : furthest;
}

}  // namespace

SlotSpacing spacing_of(const Rate& rate) {
  const double window = window_us(rate);
  const double slack = slack_us(window);
  const double spacing = std::ceil((window + slack) / count_in_window(rate));
  return {microseconds(static_cast<std::int64_t>(std::clamp(spacing, 1.0, kMostSpacing))),
          microseconds(static_cast<std::int64_t>(slack * 0.8))};
}

bool keeps(const Rate& kept, const Rate& other) {
  const SlotSpacing slots = spacing_of(kept);
  const double late = static_cast<double>(slots.late.count()) + 1000;
  return (window_us(other) + late) / static_cast<double>(slots.spacing.count()) <=
         count_in_window(other);
}

SlotGrant reserve_slots(std::int64_t next_us, const Rate& rate, const SlotRequest& request,
                        WallTime now) {
  SlotGrant grant;
  grant.spacing = spacing_of(rate);
  const std::int64_t spacing = grant.spacing.spacing.count();
  const std::int64_t horizon = microseconds(kSlotHorizon).count();
  const std::int64_t line = plausible(next_us, grant.spacing.spacing, now);
  if (request.wanted <= 0) {
    grant.next_us = next_us;
    return grant;
  }
  const std::int64_t longest = microseconds(kMostSlotLead).count();
  const std::int64_t lead = std::clamp<std::int64_t>(request.lead.count(), 0, longest);
  const std::int64_t reach = request.holds_slots ? lead : longest;
  const std::int64_t ahead = std::max(line - to_us(now), lead);
  if (ahead > reach + horizon / 2) {
    grant.next_us = line;
    grant.ask_again = from_ms((line - reach - horizon / 2 + 999) / 1000);
    return grant;
  }
  const std::int64_t room = (reach + horizon - ahead) / spacing + 1;
  const std::int64_t part = std::max<std::int64_t>(1, horizon / spacing / request.workers);
  grant.count = static_cast<int>(std::min({std::int64_t{request.wanted}, room, part}));
  grant.first_in = microseconds(ahead);
  grant.next_us = to_us(now) + ahead + grant.count * spacing;
  return grant;
}

std::int64_t return_slots(std::int64_t next_us, std::int64_t first_us, const Rate& rate,
                          int returned, WallTime now) {
  const std::int64_t spacing = spacing_of(rate).spacing.count();
  // A slot of the millisecond that `now` stands for may have come.
  const std::int64_t floor = std::max(first_us, to_us(now) + 1000);
  const std::int64_t to_come = std::max<std::int64_t>((next_us - floor) / spacing, 0);
  return next_us - std::clamp<std::int64_t>(returned, 0, to_come) * spacing;
}

}  // namespace dogged
