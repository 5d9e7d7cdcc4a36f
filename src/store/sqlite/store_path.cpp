// SPDX-License-Identifier: MIT
#include "store/sqlite/store_path.h"

#include "base/error.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace dogged::sqlite {
namespace {

namespace fs = std::filesystem;

void refuse_network_file_system(const fs::path& directory) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) != 0) {
    return;  // opening the file will tell what is wrong
  }
  if (const auto name = network_file_system(static_cast<long>(info.f_type))) {
    throw Error(
        Fault::usage,
        fmt::format("cannot keep a store in {}: it is a network file system ({}), where locks "
                    "do not protect it; name a file on a local disk with --db",
                    directory.string(), *name));
  }
}

}  // namespace

std::optional<std::string_view> network_file_system(long type) {
  // From linux/magic.h and the kernel's smbfs; FUSE is left out: most of it is local.
  static constexpr std::array<std::pair<std::uint32_t, std::string_view>, 5> kNetwork{{
      {0x6969U, "NFS"},
      {0x517BU, "SMB"},
      {0xFF534D42U, "CIFS"},
      {0xFE534D42U, "SMB2"},
      {0x01021997U, "9p"},
  }};
  for (const auto& [magic, name] : kNetwork) {
    if (static_cast<std::uint32_t>(type) == magic) {
      return name;
    }
  }
  return std::nullopt;
}

std::string resolve_store_path(const std::string& location) {
  if (location.empty()) {
    throw Error(Fault::usage, "the store's path is empty; name a file with --db");
  }
  if (location.starts_with("postgresql://") || location.starts_with("postgres://")) {
    throw Error(Fault::usage,
                "this version of dogged keeps its store in SQLite only; name a file with --db");
  }
  std::error_code error;
  fs::path path = fs::absolute(location, error);
  if (const fs::path real = fs::canonical(path, error); !error) {
    path = real;
  } else {
    const fs::path directory = fs::canonical(path.parent_path(), error);
    if (error) {
      throw Error(Fault::usage, fmt::format("cannot keep a store at {}: {}: {}", location,
                                            path.parent_path().string(), error.message()));
    }
    path = directory / path.filename();
  }
  if (fs::is_directory(path, error) || !path.has_filename()) {
    throw Error(Fault::usage,
                fmt::format("cannot keep a store at {}: it is a directory; name a file with --db",
                            location));
  }
  refuse_network_file_system(path.parent_path());
  return path.string();
}

bool is_store_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0;
}

}  // namespace dogged::sqlite
