// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "http/http_client.h"
#include "job/source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// The flags that say what to ask and which IDs are right. What is not given is absent or empty.
struct SourceOptions {
  std::string source;  // --source FILE|NAME
  std::string url;
  std::string method;
  std::vector<std::string> headers;  // "Name: value"; "Name:" takes one away
  std::optional<std::string> body;
  std::optional<Millis> timeout, connect_timeout;
  std::optional<std::int64_t> max_body_bytes;
  bool redirect_other_origin = false;
  std::string ca_file;
  bool insecure = false;
  std::optional<std::string> proxy;  // empty: none at all
  std::string user_agent;
  std::string lang;
  bool change_source = false;

  std::string id_column, key, id_rule, id_pattern;
  std::optional<std::string> id_rewrite;
};

void add_source_options(CommandOptions& add, SourceOptions& options);
void add_id_options(CommandOptions& add, SourceOptions& options);
void add_lang_option(CommandOptions& add, SourceOptions& options);

// What flags, file and store make together.
struct ResolvedSource {
  Source source;
  HttpConfig http;
  std::string user_agent;
  std::vector<std::string> left_out;  // literal secrets of the stored source that nobody gave again
  std::vector<std::string> warnings;
  bool given = false;  // flags or a file said something of the source
};

// Flags count before the file of --source, that before the source kept in the store (`stored`: its
// TOML, where there is one). A file is a whole source; only its URL and IDs, where it has none,
// come from the store. Throws Error(usage) on flags that do not fit each other, and, unless
// --change-source, where another URL, method, body or key template than the stored one is asked
// for.
ResolvedSource resolve_source(const SourceOptions& options,
                              const std::optional<std::string>& stored);

// The value that jq filters see as $lang.
std::string lang_value(const Source& source);

}  // namespace dogged
