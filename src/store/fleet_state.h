// SPDX-License-Identifier: MIT
// The fleet's state as settings of the store: JSON and numbers, frozen as schema/README.md has
// them.
#pragma once

#include "store/fleet_rules.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dogged {

// The texts of the settings that FleetState is kept in; empty where one is not there.
struct FleetSettings {
  std::string caps, paused, wait, start_slot, quota_used, outage;
  bool operator==(const FleetSettings&) const = default;

  // The text of the setting `key`; null for one of another kind.
  std::string* find(std::string_view key);
};

// Throws Error where a text is none of ours: a cap that cannot be read must not be taken for none.
// A wait and an outage may be: they come to light again.
FleetState to_state(const FleetSettings& settings);

// The settings that differ, and their texts. Caps and the pause are the user's: never among them.
std::vector<std::pair<std::string_view, std::string>> changed_settings(const FleetState& before,
                                                                       const FleetState& after);

// FleetMember::caps as it is kept: empty for none. Throws as to_state.
std::string caps_text(const Caps& caps);
Caps caps_from_text(const std::string& text);

}  // namespace dogged
