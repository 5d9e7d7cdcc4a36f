// SPDX-License-Identifier: MIT
#pragma once

#include "cli/source_options.h"
#include "job/source.h"

#include <string>
#include <vector>

namespace dogged {

// What is unsafe, or most likely a slip, in `source`, which came of `options`, a file and the
// store: secrets that stand there as they are, shell variables that nobody puts in, certificates
// not verified. Shows no secret.
std::vector<std::string> source_warnings(const SourceOptions& options, const Source& source);

}  // namespace dogged
