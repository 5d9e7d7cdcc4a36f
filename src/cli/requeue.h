// SPDX-License-Identifier: MIT
// What `dogged retry` and `dogged refresh` share.
#pragma once

#include "cli/command.h"
#include "store/job_store.h"
#include "store/store_reader.h"

namespace dogged {

// The keys that the typed IDs mean, each once. `check` may throw where a job is of the wrong kind.
// Throws Error where an ID is unknown, before anything was changed. Empty where none was typed.
std::vector<std::string> typed_keys(const std::vector<std::string>& typed,
                                    const CommonOptions& common,
                                    const std::function<void(const JobRow&)>& check);

// Sends the jobs back to ready and says how many.
ExitStatus requeue_and_tell(const RequeueFilter& filter, CommandContext& context);

}  // namespace dogged
