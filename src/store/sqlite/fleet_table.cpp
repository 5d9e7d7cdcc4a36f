// SPDX-License-Identifier: MIT
#include "store/sqlite/fleet_table.h"

#include "store/sqlite/file_locks.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <iterator>

namespace dogged::sqlite {
namespace {

constexpr char kSettings[] =
    "SELECT key, value FROM settings WHERE key IN ('caps', 'paused', 'source_wait_until_ms',"
    " 'start_slot_us', 'quota_used', 'outage')";
// Those that are not marked as ended: the dead among them are told by their locks.
constexpr char kMembers[] =
    "SELECT id, caps, permits, starts_granted, starts_since_ms, slots_from_us, slots_until_us,"
    " seen_at_ms FROM workers INDEXED BY workers_alive WHERE ended_at_ms IS NULL ORDER BY "
    "started_at_ms, id";
constexpr char kSaveMember[] =
    "UPDATE workers SET caps = ?2, permits = ?3, starts_granted = ?4, starts_since_ms = ?5,"
    " slots_from_us = ?6, slots_until_us = ?7, seen_at_ms = ?8 WHERE id = ?1";
constexpr char kSaveSetting[] =
    "INSERT INTO settings (key, value) VALUES (?1, ?2) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value";

constexpr std::size_t kMostTexts = 64;

}  // namespace

std::optional<FleetView> FleetTable::peek(const WorkerId& worker, const FleetRequest& request,
                                          WallTime now) {
  Loaded loaded = load(worker);
  if (!loaded.self) {
    return view_without_part(loaded.fleet);
  }
  const FleetMember before = loaded.fleet.members[*loaded.self];
  FleetView view = exchange_with_fleet(loaded.fleet, *loaded.self, request, now);
  const bool unchanged =
      loaded.fleet.members[*loaded.self] == before && loaded.fleet.state == state_;
  return unchanged ? std::optional(std::move(view)) : std::nullopt;
}

FleetView FleetTable::exchange(const WorkerId& worker, const FleetRequest& request, WallTime now) {
  Loaded loaded = load(worker);
  if (!loaded.self) {
    return view_without_part(loaded.fleet);
  }
  const FleetMember before = loaded.fleet.members[*loaded.self];
  FleetView view = exchange_with_fleet(loaded.fleet, *loaded.self, request, now);
  if (loaded.fleet.members[*loaded.self] != before) {
    save(loaded.fleet.members[*loaded.self]);
  }
  save(state_, loaded.fleet.state);
  return view;
}

FleetTable::Loaded FleetTable::load(const WorkerId& worker) {
  Loaded loaded;
  load_state(loaded.fleet.state);
  Prepared rows(connection_, kMembers);
  while (rows->executeStep()) {
    FleetMember member;
    member.id = rows->getColumn(0).getString();
    if (member.id == worker) {
      loaded.self = loaded.fleet.members.size();
    } else if (!connection_.locks().worker_alive(member.id)) {
      continue;
    }
    member.caps = parsed(rows->getColumn(1).getString());
    member.permits =
        rows->isColumnNull(2) ? std::nullopt : std::optional(rows->getColumn(2).getInt());
    member.granted = rows->getColumn(3).getInt64();
    member.granted_since = from_ms(rows->getColumn(4).getInt64());
    member.slots_from_us = rows->getColumn(5).getInt64();
    member.slots_until_us = rows->getColumn(6).getInt64();
    member.seen_at = from_ms(rows->getColumn(7).getInt64());
    loaded.fleet.members.push_back(std::move(member));
  }
  return loaded;
}

void FleetTable::load_state(FleetState& state) {
  FleetSettings settings;
  Prepared rows(connection_, kSettings);
  while (rows->executeStep()) {
    if (std::string* const text = settings.find(rows->getColumn(0).getText())) {
      *text = rows->getColumn(1).getString();
    }
  }
  if (settings != settings_) {
    state_ = to_state(settings);
    settings_ = std::move(settings);
  }
  state = state_;
}

const Caps& FleetTable::parsed(const std::string& text) {
  if (caps_.size() > kMostTexts) {
    caps_.clear();
  }
  auto found = caps_.find(text);
  if (found == caps_.end()) {
    found = caps_.emplace(text, caps_from_text(text)).first;
  }
  return found->second;
}

void FleetTable::save(const FleetMember& member) {
  const std::string caps = caps_text(member.caps);
  Prepared update(connection_, kSaveMember);
  update->bindNoCopy(1, member.id);
  bind_text_or_null(*update, 2, caps);
  if (member.permits) {
    update->bind(3, *member.permits);
  } else {
    update->bind(3);
  }
  update->bind(4, member.granted);
  update->bind(5, to_ms(member.granted_since));
  update->bind(6, member.slots_from_us);
  update->bind(7, member.slots_until_us);
  update->bind(8, to_ms(member.seen_at));
  (void)update.run();
}

void FleetTable::save(const FleetState& before, const FleetState& after) {
  Prepared put(connection_, kSaveSetting);
  for (const auto& [key, text] : changed_settings(before, after)) {
    put->bind(1, std::string(key));
    put->bind(2, text);
    (void)put.run();
  }
}

}  // namespace dogged::sqlite
