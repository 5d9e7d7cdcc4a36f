// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/text.h"
#include "cli/source_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace dogged {
namespace {

struct Builtin {
  std::string_view name;
  std::string_view toml;
};

const std::vector<Builtin>& builtins() {
  static const std::vector<Builtin> kAll = {
#include "schema/sources.inc"
  };
  return kAll;
}

std::string read_text(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw Error(Fault::usage, fmt::format("--source {}: this is a directory", path));
  }
  std::ifstream file(path, std::ios::binary);
  const int open_error = errno;
  if (!file) {
    throw Error(Fault::usage, fmt::format("cannot open --source {}: {}", path,
                                          std::generic_category().message(open_error)));
  }
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) {
    throw Error(Fault::failure, fmt::format("cannot read --source {}", path));
  }
  return text;
}

}  // namespace

std::optional<std::string_view> builtin_source(std::string_view name) {
  for (const Builtin& builtin : builtins()) {
    if (builtin.name == name) {
      return builtin.toml;
    }
  }
  return std::nullopt;
}

std::vector<std::string> builtin_source_names() {
  std::vector<std::string> names;
  for (const Builtin& builtin : builtins()) {
    names.emplace_back(builtin.name);
  }
  return names;
}

SourceFile load_source(const std::string& file_or_name) {
  if (const auto toml = builtin_source(file_or_name)) {
    return parse_source(*toml, file_or_name);
  }
  std::error_code error;
  const bool looks_like_file =
      file_or_name.find('/') != std::string::npos || file_or_name.find('.') != std::string::npos;
  if (!looks_like_file && !std::filesystem::exists(file_or_name, error)) {
    const std::vector<std::string> names = builtin_source_names();
    const std::string near = nearest(file_or_name, names);
    std::string known;
    for (const std::string& name : names) {
      known += (known.empty() ? "" : ", ") + name;
    }
    throw Error(Fault::usage,
                fmt::format("--source {}: neither a file nor a source that comes with dogged; "
                            "those are: {}{}",
                            printable(file_or_name, 80), known,
                            near.empty() ? "" : fmt::format(". Did you mean '{}'?", near)));
  }
  return parse_source(read_text(file_or_name), file_or_name);
}

}  // namespace dogged
