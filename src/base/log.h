// SPDX-License-Identifier: MIT
// The program's own log, on stderr and in --log-file. Lines are made harmless for terminals
// (base/text.h: printable). No secret may be handed to it. Any thread may call any function here.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace dogged {

enum class LogLevel { debug, info, warning, error };

// stderr shows `threshold` and above; the file, when given, everything from debug on with times.
// Throws Error(usage) where the file cannot be opened. Called once, before threads start.
void start_log(LogLevel threshold, const std::optional<std::filesystem::path>& file);

void log_debug(std::string_view message);
void log_info(std::string_view message);     // as it is
void log_warning(std::string_view message);  // behind "warning: "
void log_error(std::string_view message);    // behind "error: "

}  // namespace dogged
