// SPDX-License-Identifier: MIT
#include "cli/verify_command.h"

#include "base/json_document.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_json.h"
#include "store/open_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>

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

// What verify found: accounts that do not hold, and where the file itself is damaged.
struct Findings {
  std::vector<std::string> accounts, damage;
};

// SQLite tells its findings as lines under a headline.
void add_lines(std::vector<std::string>& lines, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    if (!line.empty() && line.substr(0, 3) != "***") {
      lines.emplace_back(line);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

Findings sorted(const std::vector<std::string>& faults) {
  constexpr std::string_view kDamaged = "the file is damaged: ";  // as the store says it
  Findings found;
  for (const std::string& fault : faults) {
    if (fault.rfind(kDamaged, 0) == 0) {
      add_lines(found.damage, std::string_view(fault).substr(kDamaged.size()));
    } else {
      found.accounts.push_back(fault);
    }
  }
  return found;
}

// Reads all there is, through no index.
bool can_be_read(const CommonOptions& common, const std::string& table) {
  try {
    query_store(common.db, fmt::format("SELECT * FROM {} NOT INDEXED", table),
                {[](const auto& /*names*/) {}, [](const auto& /*values*/) {}});
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> unreadable_tables(const CommonOptions& common) {
  std::vector<std::string> tables;
  for (const char* table : {"batches", "inputs", "rejects", "jobs", "answers", "attempts",
                            "workers", "counters", "settings"}) {
    if (!can_be_read(common, table)) {
      tables.emplace_back(table);
    }
  }
  return tables;
}

// SQLite's words say little to most. The accounts mean nothing where a table cannot be read.
ExitStatus tell_damage(const Findings& found, const CommandContext& context) {
  const CommonOptions& common = context.common;
  const std::vector<std::string>& damage = found.damage;
  const std::vector<std::string> tables = unreadable_tables(common);
  const std::vector<std::string> accounts =
      tables.empty() ? found.accounts : std::vector<std::string>();
  if (common.json) {
    JsonArray faults;
    for (const std::string& place : damage) {
      faults.add(json_string("the file is damaged: " + place));
    }
    for (const std::string& account : accounts) {
      faults.add(json_string(account));
    }
    JsonArray names;
    for (const std::string& table : tables) {
      names.add(json_string(table));
    }
    context.out.line(JsonObject()
                         .truth("ok", false)
                         .raw("faults", faults.str())
                         .raw("unreadable_tables", names.str())
                         .str());
  } else {
    context.out.line(
        fmt::format("the file is damaged, in {}; the first: {}",
                    damage.size() == 1 ? "1 place" : fmt::format("{} places", damage.size()),
                    printable(damage.front(), 300)));
    context.out.line(tables.empty()
                         ? "every table can still be read"
                         : fmt::format("cannot be read whole: {}", fmt::join(tables, ", ")));
    for (const std::string& account : accounts) {
      context.out.line(printable(account, 500));
    }
  }
  log_error(fmt::format(
      "{} is damaged: keep it, with its -wal, and begin no run on it. Restore the latest "
      "copy that `dogged copy` made; without one, `dogged export --batch NAME -o FILE{}` "
      "still writes each batch that the damage leaves alone",
      printable(common.db), db_argument(common)));
  return ExitStatus::error;
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
                       "where something does not add up, with a line for each; of a "
                       "damaged file it says which tables cannot be read.",
            .json = true},
           std::make_shared<VerifyOptions>(), run_verify_command);
}

ExitStatus run_verify_command(const VerifyOptions&, CommandContext& context) {
  Findings found;
  std::optional<Accounts> accounts;
  try {
    const auto reader = open_existing_reader(context.common);
    found = sorted(reader->verify());
    if (found.damage.empty()) {
      accounts = accounts_of(*reader);
    }
  } catch (const DamagedStore& damaged) {
    found.damage.emplace_back(damaged.what());
  }
  if (!found.damage.empty()) {
    return tell_damage(found, context);
  }
  const std::vector<std::string>& faults = found.accounts;
  if (context.common.json) {
    write_json(context.out, *accounts, faults);
  } else if (faults.empty()) {
    write_proof(context.out, *accounts);
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
