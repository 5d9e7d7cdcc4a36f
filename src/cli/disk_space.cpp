// SPDX-License-Identifier: MIT
#include "cli/disk_space.h"

#include "base/error.h"
#include "base/log.h"
#include "base/units.h"

#include <fmt/format.h>

#include <filesystem>

namespace dogged {
namespace {

// What a row of a list takes in the store (input, job, indexes) and, while it is merged, in scratch
// and log, against its length in the file: 4 to 6 times for lists of bare IDs.
constexpr std::int64_t kImportGrowth = 6;

}  // namespace

std::optional<std::int64_t> free_bytes(const std::string& location) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(location, error).parent_path();
  if (error) {
    return std::nullopt;
  }
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return error ? std::nullopt
               : std::optional<std::int64_t>(static_cast<std::int64_t>(space.available));
}

void require_disk(const std::string& location) {
  const std::optional<std::int64_t> available = free_bytes(location);
  if (available && *available < kLeastFreeBytes) {
    throw Error(Fault::store_unavailable,
                fmt::format("only {} are free where the store {} is; a run needs {} or more. Make "
                            "room, then say the same again",
                            format_size(*available), location, format_size(kLeastFreeBytes)));
  }
}

void warn_of_disk(const std::string& location, const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) {
    return;  // stdin, or a file whose reading will tell
  }
  const std::optional<std::int64_t> available = free_bytes(location);
  const std::int64_t needed = static_cast<std::int64_t>(size) * kImportGrowth;
  if (available && *available < needed + kLeastFreeBytes) {
    log_warning(
        fmt::format("{} are free where the store is; this import may take {} of it, and a run "
                    "needs {} or more after that, the answers on top",
                    format_size(*available), format_size(needed), format_size(kLeastFreeBytes)));
  }
}

}  // namespace dogged
