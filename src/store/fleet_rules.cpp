// SPDX-License-Identifier: MIT
#include "store/fleet_rules.h"

#include "pace/retry_after.h"
#include "pace/start_slots.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace dogged {

namespace {

// Windows are remembered after their end for clocks that step back over it, by a day too, but not
// many.
constexpr std::size_t kMostWindows = 16;
// Three heartbeats. Who was not heard of for so long is stopped, or hangs.
constexpr std::chrono::seconds kSilence{15};

bool is_in(WallTime time, const QuotaCount& window) {
  return window.begin <= time && time < window.end;
}

Caps lowest_of(const Fleet& fleet) {
  Caps caps = fleet.state.limit;
  for (const FleetMember& member : fleet.members) {
    caps = lowest(caps, member.caps);
  }
  return caps;
}

// One exchange, step by step; each function is a rule.
class Turn {
 public:
  Turn(Fleet& fleet, std::size_t self, const FleetRequest& request, WallTime now)
      : state_(fleet.state),
        members_(fleet.members),
        place_(self),
        self_(fleet.members.at(self)),
        request_(request),
        now_(now) {
    self_.caps = request.caps;
    // cppcheck-suppress useInitializationList ; the request's caps count among them
    caps_ = lowest_of(fleet);
    find_windows();
  }

  FleetView take() {
    FleetView view;
    view.paused = state_.paused;
    view.caps = caps_;
    view.workers = static_cast<int>(members_.size());
    view.permits = take_permits();
    take_back_starts();
    count_ungranted();
    if (caps_.rate || caps_.quota) {
      take_starts(view);
    }
    take_wait();
    view.wait_until = state_.wait_until;
    settle_outage();
    if (state_.outage) {
      view.outage_since = state_.outage->since;
      view.canary = state_.outage->canary == self_.id;
    }
    return view;
  }

 private:
  int take_permits() {
    if (!caps_.max_concurrency) {
      self_.permits.reset();
      return 0;
    }
    const int cap = *caps_.max_concurrency;
    std::int64_t left = cap;
    for (const FleetMember& member : members_) {
      if (&member != &self_) {
        left -= member.permits.value_or(cap);
      }
    }
    const auto share = std::int64_t{share_of(cap, members_.size(), place_)};
    const int allowed = static_cast<int>(std::min(share, std::max<std::int64_t>(left, 0)));
    self_.permits = std::max({allowed, request_.in_flight, request_.permits_known});
    return allowed;
  }

  void take_wait() {
    if (!request_.wait_until) {
      return;
    }
    // Further ahead than any server can ask: not ours, and it would hide the real one.
    const bool is_wait = state_.wait_until && *state_.wait_until <= now_ + kLongestWait;
    state_.wait_until =
        is_wait ? std::max(*state_.wait_until, *request_.wait_until) : *request_.wait_until;
  }

  // --- starts

  // The windows that `now` is in, of every quota that holds.
  void find_windows() {
    const auto add = [this](const Caps& caps) {
      if (caps.quota) {
        limits_.push_back({window_of(*caps.quota, now_), caps.quota->count});
      }
    };
    add(caps_);  // first, as it is in the state
    add(state_.limit);
    for (const FleetMember& member : members_) {
      add(member.caps);
    }
  }

  std::int64_t used_in(const QuotaWindow& window) const {
    const auto found = find(window);
    return found == state_.quota_used.end() ? 0 : found->used;
  }

  std::vector<QuotaCount>::iterator find(const QuotaWindow& window) const {
    return std::ranges::find_if(state_.quota_used, [&](const QuotaCount& count) {
      return count.begin == window.begin && count.end == window.end;
    });
  }

  void take_back_starts() {
    const std::int64_t returned =
        std::min<std::int64_t>(std::max(request_.returned, 0), self_.granted);
    if (returned == 0) {
      return;
    }
    self_.granted -= returned;
    for (QuotaCount& count : state_.quota_used) {
      if (count.since <= self_.granted_since && self_.granted_since < count.end) {
        count.used = std::max<std::int64_t>(count.used - returned, 0);
      }
    }
    if (caps_.rate && !request_.holds_starts && self_.slots_until_us == state_.next_slot_us) {
      state_.next_slot_us = return_slots(state_.next_slot_us, self_.slots_from_us, *caps_.rate,
                                         static_cast<int>(returned), now_);
      self_.slots_until_us = state_.next_slot_us;
    }
  }

  void take_starts(FleetView& view) {
    std::int64_t left = std::numeric_limits<int>::max();
    for (const Limit& limit : limits_) {
      const std::int64_t rest = limit.count - used_in(limit.window);
      left = std::min(left, rest);
      if (rest <= 0) {
        view.quota_used_up = true;
        view.starts_after = std::max(view.starts_after.value_or(WallTime::min()), limit.window.end);
      }
    }
    if (state_.paused || left <= 0 || request_.starts <= 0) {
      return;
    }
    grant(static_cast<int>(std::min<std::int64_t>(left, request_.starts)), view);
    for (const Limit& limit : limits_) {
      view.starts.expires =
          std::min(view.starts.expires.value_or(WallTime::max()), limit.window.end);
      view.starts.valid_from =
          std::max(view.starts.valid_from.value_or(WallTime::min()), limit.window.begin);
    }
  }

  void grant(int wanted, FleetView& view) {
    if (caps_.rate) {
      reserve(wanted, view);
    } else {
      view.starts.count = wanted;
      view.starts.late = std::chrono::microseconds::max();
    }
    if (view.starts.count > 0) {
      count_starts(view.starts.count);
    }
  }

  // Of those granted last some come after it hears of new ones.
  bool holds_slots() const {
    const auto lead = std::min<std::chrono::microseconds>(request_.lead, kMostSlotLead);
    const std::chrono::microseconds hears = now_.time_since_epoch() + lead;
    return self_.slots_until_us <= state_.next_slot_us && self_.slots_until_us > hears.count();
  }

  void reserve(int wanted, FleetView& view) {
    const std::int64_t before = state_.next_slot_us;
    const SlotGrant slots = reserve_slots(
        before, *caps_.rate,
        {wanted, static_cast<int>(members_.size()), request_.lead, holds_slots()}, now_);
    state_.next_slot_us = slots.next_us;
    view.starts = {slots.count, slots.first_in, slots.spacing.spacing, slots.spacing.late, {}, {}};
    if (slots.count == 0) {
      view.starts_after = slots.ask_again;
      return;
    }
    const std::int64_t first = slots.next_us - slots.count * slots.spacing.spacing.count();
    if (self_.slots_until_us != before || first < before) {
      self_.slots_from_us = first;
    }
    self_.slots_until_us = slots.next_us;
  }

  // What was started without a grant, as no cap held.
  void count_ungranted() {
    if (request_.ungranted > 0) {
      add_to_windows(request_.ungranted);
    }
  }

  void add_to_windows(int starts) {
    for (QuotaCount& count : state_.quota_used) {
      if (is_in(now_, count)) {
        count.used += starts;
      }
    }
  }

  void count_starts(int starts) {
    open_windows();
    add_to_windows(starts);
    for (const QuotaCount& count : state_.quota_used) {
      if (is_in(now_, count) &&
          (self_.granted_since < count.since || self_.granted_since >= count.end)) {
        self_.granted = 0;  // what it had before is counted in no window of now
      }
    }
    if (self_.granted == 0) {
      self_.granted_since = now_;
    }
    self_.granted += starts;
  }

  void open_windows() {
    std::vector<QuotaCount>& counts = state_.quota_used;
    for (const Limit& limit : limits_) {
      if (find(limit.window) == counts.end()) {
        counts.insert(counts.begin(), {limit.window.begin, limit.window.end, now_, 0});
      }
    }
    if (!limits_.empty()) {
      const auto in_force = find(limits_.front().window);
      std::rotate(counts.begin(), in_force, in_force + 1);
    }
    while (counts.size() > kMostWindows && forget_oldest()) {
    }
  }

  // False where all are in force.
  bool forget_oldest() {
    std::vector<QuotaCount>& counts = state_.quota_used;
    auto oldest = counts.end();
    for (auto count = counts.begin(); count != counts.end(); ++count) {
      if (!is_in_force(*count) && (oldest == counts.end() || count->end < oldest->end)) {
        oldest = count;
      }
    }
    if (oldest == counts.end()) {
      return false;
    }
    counts.erase(oldest);
    return true;
  }

  bool is_in_force(const QuotaCount& count) const {
    return std::ranges::any_of(limits_, [&](const Limit& limit) {
      return count.begin == limit.window.begin && count.end == limit.window.end;
    });
  }

  // --- outage

  const FleetMember* canary() const {
    const auto found = std::ranges::find(members_, state_.outage->canary, &FleetMember::id);
    return found == members_.end() ? nullptr : &*found;
  }

  bool is_heard_of(const FleetMember* member, std::chrono::milliseconds silence) const {
    return member != nullptr && std::chrono::abs(now_ - member->seen_at) < silence;
  }

  // Known to none of those who live.
  // The cap on requests at once leaves it nothing: it could not probe.
  bool has_no_place(const FleetMember& member) const {
    return caps_.max_concurrency && member.permits == 0;
  }
  bool is_outage_of_the_dead() const {
    return members_.size() == 1 && canary() == nullptr && !request_.outage_is_known;
  }

  void settle_outage() {
    std::optional<Outage>& outage = state_.outage;
    const bool is_answered =
        outage && request_.answered_at && *request_.answered_at >= outage->since;
    if (is_answered || (outage && is_outage_of_the_dead())) {
      outage.reset();
    }
    if (!outage) {
      if (request_.outage && !request_.outage_is_known) {
        outage = Outage{now_, self_.id, true};
      }
      return;
    }
    const bool is_mine = outage->canary == self_.id;
    const bool is_known = request_.outage || request_.outage_is_known;
    const bool is_vacant =
        !is_heard_of(canary(), kSilence) || (!is_mine && has_no_place(*canary()));
    if (is_mine || (is_known && is_vacant && !has_no_place(self_)) ||
        (request_.outage && !outage->reporting)) {
      outage->canary = self_.id;
      outage->reporting = request_.outage;
    }
    if (outage->canary == self_.id && !is_heard_of(&self_, kSilence / 2)) {
      self_.seen_at = now_;
    }
  }

  struct Limit {
    QuotaWindow window;
    std::int64_t count;
  };

  FleetState& state_;
  std::vector<FleetMember>& members_;
  std::size_t place_;
  FleetMember& self_;
  const FleetRequest& request_;
  WallTime now_;
  Caps caps_;
  std::vector<Limit> limits_;
};

}  // namespace

int share_of(int cap, std::size_t members, std::size_t place) {
  const auto n = static_cast<int>(members);
  return cap / n + (static_cast<int>(place) < cap % n ? 1 : 0);
}

FleetView exchange_with_fleet(Fleet& fleet, std::size_t self, const FleetRequest& request,
                              WallTime now) {
  return Turn(fleet, self, request, now).take();
}

FleetView view_without_part(const Fleet& fleet) {
  FleetView view;
  view.paused = fleet.state.paused;
  view.caps = lowest_of(fleet);
  view.workers = static_cast<int>(fleet.members.size());
  view.wait_until = fleet.state.wait_until;
  if (fleet.state.outage) {
    view.outage_since = fleet.state.outage->since;
  }
  return view;
}

}  // namespace dogged
