// SPDX-License-Identifier: MIT
#pragma once

#include "cli/source_options.h"
#include "engine/request_builder.h"
#include "store/job_store.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// The TOML of the source that the store at `location` keeps; nothing where there is no store or no
// source. Makes no store.
std::optional<std::string> stored_source_toml(const std::string& location);

// For a command that will write, before anything is read: finishes a store that was left half made,
// migrates one of an older version. Nothing where there is none.
void bring_up_to_date(const std::string& location);

// resolve_source with what the store at `location` keeps. While nothing of it is answered, a URL
// that was wrong may be put right without --change-source.
ResolvedSource resolve_for_store(const SourceOptions& options, const std::string& location);

// Keeps `resolved` in the store, without secrets, where it differs from what is there. The wait
// that another server named ends with it.
void keep_source(JobStore& store, const ResolvedSource& resolved);

// Says the warnings, each once.
void tell_warnings(const ResolvedSource& resolved);

// Makes sure that requests can be made before anything is asked: a URL, templates and rules that
// compile, secrets that are there. Throws Error(usage). What it returns makes the requests.
std::unique_ptr<RequestBuilder> check_source(const ResolvedSource& resolved);

// The placeholders of the URL and body, for the importer; empty where there is no URL. Throws
// Error(usage) where a template does not parse.
std::vector<std::string> template_names(const Source& source);

}  // namespace dogged
