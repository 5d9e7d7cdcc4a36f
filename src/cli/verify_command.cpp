// SPDX-License-Identifier: MIT
#include "cli/verify_command.h"

#include "base/json_document.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_json.h"

#include <fmt/format.h>

namespace dogged {
namespace {

struct Accounts {
  std::int64_t batches = 0, rows = 0, added = 0, duplicates = 0, rejected = 0, jobs = 0;
  QueueOutlook states;
};

Accounts accounts_of(StoreReader& reader) {
  const Overview overview = reader.overview();
  Accounts a;
  a.states = overview.jobs;
  a.jobs = a.states.ready + a.states.leased + a.states.done + a.states.not_found + a.states.failed;
  for (const BatchInfo& batch : overview.batches) {
    ++a.batches;
    a.rows += batch.rows;
    a.added += batch.added;
    a.duplicates += batch.duplicates;
    a.rejected += batch.rejected;
  }
  return a;
}

void write_json(Output& out, const Accounts& a, const std::vector<std::string>& faults) {
  JsonArray list;
  for (const std::string& fault : faults) {
    list.add(json_string(fault));
  }
  out.line(JsonObject()
               .truth("ok", faults.empty())
               .number("batches", a.batches)
               .number("rows", a.rows)
               .number("jobs", a.jobs)
               .raw("faults", list.str())
               .str());
}

void write_proof(Output& out, const Accounts& a) {
  const auto n = with_thousands;
  out.line(fmt::format("ok: {}: {} rows = {} new + {} duplicate + {} rejected",
                       a.batches == 1 ? "1 batch" : n(a.batches) + " batches", n(a.rows),
                       n(a.added), n(a.duplicates), n(a.rejected)));
  out.line(fmt::format("    {} jobs = {} ready + {} leased + {} done + {} not found + {} failed",
                       n(a.jobs), n(a.states.ready), n(a.states.leased), n(a.states.done),
                       n(a.states.not_found), n(a.states.failed)));
  out.line(
      "    each counted in the tables and equal to the counters; every done job has its answer, "
      "every lease its worker; the file is whole");
}

}  // namespace

void add_verify_command(CommandLine& line) {
  line.add({.path = "verify",
            .group = group::kInspect,
            .summary = "Prove that every row and every job is accounted for",
            .details = "Counts everything, so it takes a while on a large store. Exit status 1 "
                       "where something does not add up, with a line for each.",
            .json = true},
           std::make_shared<VerifyOptions>(), run_verify_command);
}

ExitStatus run_verify_command(const VerifyOptions&, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  const std::vector<std::string> faults = reader->verify();
  const Accounts accounts = accounts_of(*reader);
  if (context.common.json) {
    write_json(context.out, accounts, faults);
  } else if (faults.empty()) {
    write_proof(context.out, accounts);
  } else {
    for (const std::string& fault : faults) {
      context.out.line(printable(fault, 500));
    }
  }
  if (!faults.empty()) {
    log_error(fmt::format(
        "{} of the accounts of {} {} not hold; keep a copy of the file before "
        "anything else is done with it",
        faults.size(), printable(context.common.db), faults.size() == 1 ? "does" : "do"));
    return ExitStatus::error;
  }
  return ExitStatus::done;
}

}  // namespace dogged
