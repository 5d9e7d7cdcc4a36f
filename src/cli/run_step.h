// SPDX-License-Identifier: MIT
#pragma once

#include "base/stop_signal.h"
#include "cli/command.h"
#include "cli/run_options.h"
#include "cli/source_options.h"
#include "cli/typed_command.h"
#include "engine/request_builder.h"
#include "engine/run.h"

#include <string>

namespace dogged {

// A run and all that is said around it.
struct RunStep {
  const RunFlags& flags;
  const ResolvedSource& resolved;
  const RequestBuilder& builder;  // check_source's: commands of cmd: references run once
  TypedCommand resume_command;    // what to type to go on
  std::string export_command;     // what to type to have what is done
  bool exports = false;           // what exports_on() says is done next, without being told to
};

// Whether fetch goes on to the export behind a run that ended so: not where the user wants to
// leave, or the store does not serve.
inline bool exports_on(ExitStatus run) {
  return run != ExitStatus::interrupted && run != ExitStatus::store;
}

struct RunResult {
  RunReport report;
  ExitStatus status = ExitStatus::done;
};

// Runs the jobs of `store`, which must be the one at context.common.db and opened with `stop`, so
// that it does not wait for others once the user wants to leave: checks the disk, takes signals,
// shows progress, notes in the store why the run ended, and says what comes next. Throws as
// run_jobs does.
RunResult run_and_tell(const RunStep& step, JobStore& store, StopSignal& stop,
                       const CommandContext& context);

// The same where nothing is left to ask: nothing that only asking needs is looked at.
RunResult tell_nothing_left(const RunFlags& flags, const ResolvedSource& resolved,
                            const CommandContext& context);

}  // namespace dogged
