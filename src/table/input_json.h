// SPDX-License-Identifier: MIT
#pragma once

#include "table/input_file.h"
#include "table/input_text.h"

#include <memory>

namespace dogged {

// A list of IDs as JSON lines. The columns are the names of all objects in the file, in order of
// first appearance: they are looked for in a pass of its own, because a name that only a later
// object has would else be a cell that the export cannot place. Values keep their digits. A line
// that is no JSON object is a reject. Throws as InputFile::open does.
std::unique_ptr<InputFile> open_json_lines(std::unique_ptr<InputText> text,
                                           const InputOptions& options,
                                           std::unique_ptr<IdRule> rule);

}  // namespace dogged
