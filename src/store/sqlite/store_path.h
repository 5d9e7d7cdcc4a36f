// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dogged::sqlite {

// The real path (absolute, symbolic links resolved) of the store that `location` names; the file
// itself need not exist, its directory must. All side files stand beside that path.
// Throws Error(usage): empty, a directory, a postgresql:// location, a directory that does not
// exist, a network file system.
std::string resolve_store_path(const std::string& location);

// Whether a store may be there: a regular file that is not empty.
bool is_store_file(const std::string& path);

// The network file system ("NFS") behind the type number of statfs(2), or nothing. Locks and shared
// memory do not work across them as SQLite needs it.
std::optional<std::string_view> network_file_system(long type);

}  // namespace dogged::sqlite
