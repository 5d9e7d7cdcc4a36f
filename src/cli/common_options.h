// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"

#include <optional>
#include <string>

namespace dogged {

// What every command takes.
struct CommonOptions {
  static constexpr char kDefaultStore[] = "dogged.db";

  std::string db;      // --db, else DOGGED_DB, else kDefaultStore: a path or postgresql://...
  bool json = false;   // --json: machine-readable results on stdout, for the commands that have it
  bool quiet = false;  // -q: warnings and errors only
  bool verbose = false;  // -v: also what is of use in a search for faults
  std::string log_file;  // --log-file: everything, with times; empty: none
};

// The store's place: `flag`, else the environment variable DOGGED_DB, else kDefaultStore.
std::string store_location(const std::string& flag);

LogLevel log_threshold(const CommonOptions& common);

// " --db PATH" where the store is not the default one, for commands that are suggested to people.
std::string db_argument(const CommonOptions& common);

// `text` as one word of a POSIX shell command.
std::string shell_word(const std::string& text);

}  // namespace dogged
