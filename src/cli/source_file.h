// SPDX-License-Identifier: MIT
#pragma once

#include "job/source.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// A source as read from TOML.
struct SourceFile {
  Source source;
  // Values that source_toml left out because they are literal secrets: "header Authorization",
  // "auth value", "auth client_secret".
  std::vector<std::string> left_out;
};

// Reads a source in TOML (DESIGN, section 3). `place` stands before messages: "prh.toml". Throws
// Error(usage) with line and key: bad TOML, an unknown key (with the nearest known one), a value of
// the wrong type or out of range.
SourceFile parse_source(std::string_view toml, const std::string& place);

// The source as TOML that parse_source reads back. Literal credentials are left out, and named in
// the key `left_out`, together with `still_left_out`; references (env:, file:, cmd:) are kept.
// What looks like a credential in the URL's query or in the body stays: without it another question
// would be asked, and a harmless field of such a name would be lost. resolve_source warns of it.
std::string source_toml(const Source& source, const std::vector<std::string>& still_left_out = {});

// What source_toml would leave out of `source`.
std::vector<std::string> literal_secrets(const Source& source);

// The sources that come with the program: schema/sources/NAME.toml.
std::optional<std::string_view> builtin_source(std::string_view name);
std::vector<std::string> builtin_source_names();

// --source: a built-in name, else a file. Throws Error(usage) where there is neither.
SourceFile load_source(const std::string& file_or_name);

}  // namespace dogged
