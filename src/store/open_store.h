// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"
#include "store/job_store.h"
#include "store/store_reader.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

class StopSignal;

// Opens the store at `location`: a path (SQLite). postgresql:// is Error(usage) in this version.
// Refused with Error(usage) and what to do: a file of another program, a schema newer than this
// program, a network file system (NFS, SMB, 9p).
// Where `stop` is given and stopping, no verb (this one included) waits for other processes that
// write to the store longer than a moment: then it throws Error(store_unavailable). It must outlive
// the store and its imports.
enum class IfAbsent { create, refuse };
std::unique_ptr<JobStore> open_store(const std::string& location, IfAbsent if_absent,
                                     const StopSignal* stop = nullptr);

// What only a writer can mend: a store whose making was cut short, or one of an older version.
// open_store brings it up to date.
class StaleStore : public Error {
 public:
  explicit StaleStore(const std::string& message) : Error(Fault::usage, message) {}
};

// The store's file is not as SQLite wrote it.
class DamagedStore : public Error {
 public:
  explicit DamagedStore(const std::string& message) : Error(Fault::store_unavailable, message) {}
};

// A reader of a store that exists. Throws StaleStore beside what open_store throws.
std::unique_ptr<StoreReader> open_reader(const std::string& location);

bool store_exists(const std::string& location);

// A value of a row; nothing: NULL.
struct QueryValue {
  std::optional<std::string> text;  // of a number its digits
  bool is_number = false;           // `text` is a JSON number
};

// `dogged sql`: one statement that only reads, on a connection that cannot write. Throws
// Error(usage) with SQLite's words where it does not compile or would write.
struct QueryVisitor {
  std::function<void(const std::vector<std::string>& columns)> header;
  std::function<void(const std::vector<QueryValue>& values)> row;
};
void query_store(const std::string& location, const std::string& sql, const QueryVisitor& visitor);

// A consistent copy while others work (SQLite's online backup), complete under its final name or
// not there. Refuses an existing target.
void copy_store(const std::string& location, const std::string& target);

}  // namespace dogged
