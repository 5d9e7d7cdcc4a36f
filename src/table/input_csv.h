// SPDX-License-Identifier: MIT
#pragma once

#include "table/input_file.h"
#include "table/input_text.h"

#include <memory>

namespace dogged {

// A list of IDs as CSV or its kin, or one ID a line. Throws as InputFile::open does.
std::unique_ptr<InputFile> open_csv(std::unique_ptr<InputText> text, const InputOptions& options,
                                    std::unique_ptr<IdRule> rule);

}  // namespace dogged
