// SPDX-License-Identifier: MIT
#pragma once

#include "base/atomic_file.h"
#include "cli/common_options.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Files that this program wrote, and may therefore write again unasked. They are known by their
// marks (size and SHA-256), kept in the store under export_setting(path).

// Where a file really is: a link is followed, so that what it points to is replaced, not the link.
std::filesystem::path real_path(const std::string& output);

// The setting's name for a file.
std::string export_setting(const std::string& path);

// The mark of the file at `path`. Reads all of it.
std::string file_mark(const std::string& path);

// What is kept while a file with `mark` takes the place of one with a mark of `kept`: whichever
// stands there after a crash is ours.
std::string pending_marks(const std::optional<std::string>& kept, const std::string& mark);

// Refuses what cannot be written to: no such folder, a folder itself, a file that is there, unless
// `force`, or it bears a mark of `ours` (the value of export_setting). `flag` named it.
void check_output(const std::string& output, bool force, const std::optional<std::string>& ours,
                  std::string_view flag = "-o");

// A file that a command reads or writes, and the flag or argument that named it. "-" and an empty
// path are no files.
struct NamedFile {
  std::string_view name;
  std::string path;
};
// Refuses to use one file for two things, whatever --force says.
void refuse_same_file(const std::vector<NamedFile>& files);

// What the store holds under export_setting(path); nothing where there is no store.
std::optional<std::string> stored_marks(const CommonOptions& common, const std::string& path);

// Puts `file` in its place at `path` and notes in the store that it is ours: before, as pending,
// and after. The file is not read again.
void commit_owned(AtomicFile& file, const CommonOptions& common, const std::string& path);

}  // namespace dogged
