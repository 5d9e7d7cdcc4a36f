// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace dogged {

// Values by reference, so that secrets stand neither in the store nor on a command line:
// "env:NAME", "file:PATH" (~ expands, one newline at the end is dropped), "cmd:COMMAND" (its
// stdout, run by /bin/sh; takes the rest of the text). A header value may have words before one:
// "Bearer env:TOKEN".
bool has_reference(std::string_view value);

// `value` with its reference replaced by what it stands for. Fails where the variable is unset, the
// file cannot be read, the command fails or the result cannot stand in a header (CR, LF, NUL). The
// message names the reference, never the value.
Result<std::string> resolve_references(std::string_view value);

// Whether a header of this name usually carries a credential: Authorization, Cookie, X-Api-Key,
// *token*, *secret*, *key* ...
bool is_credential_header(std::string_view name);

}  // namespace dogged
