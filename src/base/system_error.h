// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"

#include <string>

namespace dogged {

// errno in words: "No space left on device". Any thread.
std::string system_message(int error_number);

// errno in words and what to do about it, for the end of a message: "No space left on device; free
// some space, then say the same again". Any thread.
std::string reason_and_remedy(int error_number);

// The fault of opening what the user named: the user's, unless this process or machine may open no
// more files.
Fault fault_of_opening(int error_number);

// The fault that an errno of a file operation stands for: a full or failing disk is not the user's
// mistake, and nothing is lost by it.
Fault fault_of(int error_number);

}  // namespace dogged
