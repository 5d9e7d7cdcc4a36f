// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dogged {

// A run does not go on with less than that free below the store: a full disk is harder to leave.
inline constexpr std::int64_t kLeastFreeBytes = std::int64_t{100} << 20;

// Bytes free for us where the store at `location` is or would be; nothing where that is not known.
std::optional<std::int64_t> free_bytes(const std::string& location);

// Throws Error(store_unavailable) where less than kLeastFreeBytes are free.
void require_disk(const std::string& location);

// Warns where an import of `file` is likely not to fit.
void warn_of_disk(const std::string& location, const std::string& file);

}  // namespace dogged
