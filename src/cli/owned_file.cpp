// SPDX-License-Identifier: MIT
#include "cli/owned_file.h"

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "cli/json_object.h"
#include "store/open_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <system_error>

namespace dogged {
namespace {

namespace fs = std::filesystem;

std::string mark_of(std::uint64_t size, const std::string& sha256) {
  return JsonObject().number("size", static_cast<std::int64_t>(size)).text("sha256", sha256).str();
}

}  // namespace

fs::path real_path(const std::string& output) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(fs::absolute(output), error);
  return error ? fs::absolute(output) : path;
}

std::string export_setting(const std::string& path) {
  return std::string(setting::kExportPrefix) + real_path(path).string();
}

std::string file_mark(const std::string& path) {
  return mark_of(fs::file_size(path), Sha256::of_file(path));
}

std::string pending_marks(const std::optional<std::string>& kept, const std::string& mark) {
  if (!kept || kept->empty()) {
    return "[" + mark + "]";
  }
  if (kept->find(mark) != std::string::npos) {
    return *kept;
  }
  const bool several = kept->front() == '[';
  return several ? kept->substr(0, kept->size() - 1) + "," + mark + "]"
                 : "[" + *kept + "," + mark + "]";
}

void check_output(const std::string& output, bool force, const std::optional<std::string>& ours,
                  std::string_view flag) {
  if (output.empty()) {
    throw Error(Fault::usage, "say where the rows go: -o FILE, or -o - for stdout");
  }
  if (output == "-") {
    return;
  }
  std::error_code error;
  const fs::path path = real_path(output);
  if (fs::is_directory(path, error)) {
    throw Error(Fault::usage, fmt::format("{} {}: this is a directory", flag, printable(output)));
  }
  if (!fs::is_directory(path.parent_path(), error) ||
      access(path.parent_path().c_str(), W_OK) != 0) {
    throw Error(Fault::usage, fmt::format("{} {}: the directory is not there, or cannot be written",
                                          flag, printable(output)));
  }
  if (force || !fs::is_regular_file(path, error)) {
    return;
  }
  // Marks are canonical text, so that one is among several where its text is.
  if (!ours || ours->find(file_mark(path)) == std::string::npos) {
    throw Error(
        Fault::usage,
        fmt::format("{} {}: the file is there already{}; --force overwrites it", flag,
                    printable(output), ours ? " and was changed since dogged wrote it" : ""));
  }
}

void refuse_same_file(const std::vector<NamedFile>& files) {
  for (auto one = files.begin(); one != files.end(); ++one) {
    for (auto other = files.begin(); other != one; ++other) {
      const bool named = !one->path.empty() && one->path != "-" && !other->path.empty();
      if (named && real_path(one->path) == real_path(other->path)) {
        throw Error(Fault::usage, fmt::format("{} and {} are one file: {}", other->name, one->name,
                                              printable(one->path, 300)));
      }
    }
  }
}

std::optional<std::string> stored_marks(const CommonOptions& common, const std::string& path) {
  return store_exists(common.db) ? open_reader(common.db)->setting(export_setting(path))
                                 : std::nullopt;
}

void commit_owned(AtomicFile& file, const CommonOptions& common, const std::string& path) {
  const std::string key = export_setting(path);
  const std::string mark = mark_of(file.size(), file.sha256());
  const std::unique_ptr<JobStore> store = open_store(common.db, IfAbsent::refuse);
  store->put_setting(key, pending_marks(store->setting(key), mark));
  file.commit();
  store->put_setting(key, mark);
}

}  // namespace dogged
