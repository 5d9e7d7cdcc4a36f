// SPDX-License-Identifier: MIT
#pragma once

#include "store/fleet_rules.h"
#include "store/fleet_state.h"
#include "store/job_store.h"

#include <map>
#include <optional>
#include <string>

namespace dogged::sqlite {

class WriteConnection;

// The fleet as it stands in `settings` and `workers`, and one worker's turn with it. Texts that are
// as they were are not parsed again: an exchange where nobody has caps costs two short queries. The
// connection must outlive it. One thread at a time. SQLiteCpp's exceptions come through.
class FleetTable {
 public:
  explicit FleetTable(WriteConnection& connection) : connection_(connection) {}

  // In a transaction of either kind: what the worker would be told; nothing where that takes a
  // change.
  std::optional<FleetView> peek(const WorkerId& worker, const FleetRequest& request, WallTime now);
  // In a write transaction.
  FleetView exchange(const WorkerId& worker, const FleetRequest& request, WallTime now);

 private:
  struct Loaded {
    Fleet fleet;
    std::optional<std::size_t> self;  // nothing: it has ended
  };
  Loaded load(const WorkerId& worker);
  void load_state(FleetState& state);
  const Caps& parsed(const std::string& text);
  void save(const FleetMember& member);
  void save(const FleetState& before, const FleetState& after);

  WriteConnection& connection_;
  FleetSettings settings_;  // that state_ was made of
  FleetState state_;
  std::map<std::string, Caps> caps_;  // by text
};

}  // namespace dogged::sqlite
