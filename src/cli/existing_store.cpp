// SPDX-License-Identifier: MIT
#include "cli/existing_store.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/source_file.h"
#include "table/id_rule.h"

#include <fmt/format.h>

namespace dogged {

void require_store(const CommonOptions& common) {
  if (!store_exists(common.db)) {
    throw Error(Fault::usage,
                fmt::format("there is no store at {}; name the right one with --db PATH, or make "
                            "one with `dogged import FILE --url URL`",
                            printable(common.db)));
  }
}

std::unique_ptr<JobStore> open_existing_store(const CommonOptions& common, const StopSignal* stop) {
  require_store(common);
  return open_store(common.db, IfAbsent::refuse, stop);
}

std::unique_ptr<StoreReader> open_existing_reader(const CommonOptions& common) {
  require_store(common);
  return open_reader(common.db);
}

std::optional<Source> readable_source(StoreReader& reader) {
  const std::optional<std::string> toml = reader.setting(setting::kSource);
  if (!toml) {
    return std::nullopt;
  }
  try {
    return parse_source(*toml, "the store's source").source;
  } catch (const Error& error) {
    log_warning(error.what());
    return std::nullopt;
  }
}

std::optional<JobDetail> find_typed_job(StoreReader& reader, std::string_view typed) {
  std::optional<JobDetail> found = reader.find_job(typed);
  if (found) {
    return found;
  }
  const std::optional<Source> source = readable_source(reader);
  if (!source) {
    return std::nullopt;
  }
  const Result<std::unique_ptr<IdRule>> rule = make_id_rule(source->id);
  if (!rule) {
    return std::nullopt;
  }
  const IdVerdict verdict = rule.value()->check(typed);
  if (!verdict.fault.empty() || verdict.key == typed) {
    return std::nullopt;
  }
  return reader.find_job(verdict.key);
}

std::string unknown_id(const CommonOptions& common, std::string_view typed) {
  return fmt::format("no ID '{}' in {}; `dogged list --limit 0{}` shows all that there are",
                     printable(typed, 80), printable(common.db), db_argument(common));
}

}  // namespace dogged
