// SPDX-License-Identifier: MIT
#pragma once

#include "cli/common_options.h"
#include "job/source.h"
#include "store/open_store.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Throws Error(usage), naming --db, where there is no store at common.db. Commands that look at a
// store or change it must never make an empty one.
void require_store(const CommonOptions& common);

// The store at common.db; each throws as require_store and open_store do. `stop` as open_store has
// it.
std::unique_ptr<JobStore> open_existing_store(const CommonOptions& common,
                                              const StopSignal* stop = nullptr);
std::unique_ptr<StoreReader> open_existing_reader(const CommonOptions& common);

// The source that the store keeps. Nothing where there is none, or none that can be read (warned
// of: looking at a store does not depend on it).
std::optional<Source> readable_source(StoreReader& reader);

// The job that a user means by `typed`: that key, else the key that the source's ID rule makes of
// it
// ("112038-9" for "0112038-9"). Nothing where there is neither.
std::optional<JobDetail> find_typed_job(StoreReader& reader, std::string_view typed);

// "no ID '...' in dogged.db; `dogged list` shows what there is".
std::string unknown_id(const CommonOptions& common, std::string_view typed);

}  // namespace dogged
