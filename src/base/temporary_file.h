// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace dogged {

// Makes the file that is to take the place of `target`: TARGET.tmp-dogged-XXXXXX, mode 0600.
// Removes those that processes left which were killed: regular files of such a name and of no
// other, this user's, which nobody holds. Whoever makes one holds it by an flock() on its
// descriptor, which the kernel lets go at death, and keeps it until the file has its final name.
// Returns the descriptor, for reading and writing, and the name in `path`; -1 with errno set, as
// mkostemp() does. Any thread.
int make_temporary_beside(const std::filesystem::path& target, std::string& path);

}  // namespace dogged
