// SPDX-License-Identifier: MIT
#include "store/open_store.h"

#include "base/error.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/store_path.h"

#include <fmt/format.h>

namespace dogged {

std::unique_ptr<JobStore> open_store(const std::string& location, IfAbsent if_absent,
                                     const StopSignal* stop) {
  const std::string path = sqlite::resolve_store_path(location);
  if (if_absent == IfAbsent::refuse && !sqlite::is_store_file(path)) {
    throw Error(Fault::usage,
                fmt::format("there is no store at {}; name it with --db, or make one with `dogged "
                            "import` or `dogged fetch`",
                            path));
  }
  return std::make_unique<sqlite::SqliteStore>(path, stop);
}

bool store_exists(const std::string& location) {
  return sqlite::is_store_file(sqlite::resolve_store_path(location));
}

}  // namespace dogged
