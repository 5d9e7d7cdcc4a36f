// SPDX-License-Identifier: MIT
#include "http/secret_reference.h"

#include "base/system_error.h"
#include "base/text.h"
#include "http/command_output.h"
#include "http/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace dogged {

namespace {

constexpr Millis kCommandLimit{30'000};
constexpr std::size_t kMaxSecretBytes = 64 << 10;

enum class Kind { env, file, cmd };

struct Reference {
  Kind kind;
  std::size_t begin;  // in the value
  std::size_t end;
  std::string_view name;  // behind the colon
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

// The reference that begins at `at`, if one does.
std::optional<Reference> reference_at(std::string_view value, std::size_t at) {
  const std::string_view rest = value.substr(at);
  const std::size_t word_end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, word_end);
  if (word.substr(0, 4) == "env:" && is_variable_name(word.substr(4))) {
    return Reference{Kind::env, at, at + word_end, word.substr(4)};
  }
  if (word.substr(0, 5) == "file:" && word.size() > 5) {
    return Reference{Kind::file, at, at + word_end, word.substr(5)};
  }
  if (rest.substr(0, 4) == "cmd:" && !trimmed(rest.substr(4)).empty()) {
    return Reference{Kind::cmd, at, value.size(), rest.substr(4)};
  }
  return std::nullopt;
}

std::optional<Reference> next_reference(std::string_view value, std::size_t from) {
  for (std::size_t at = from; at < value.size(); ++at) {
    const bool word_begins = (at == 0 || is_blank(value[at - 1])) && !is_blank(value[at]);
    if (!word_begins) {
      continue;
    }
    if (auto reference = reference_at(value, at)) {
      return reference;
    }
  }
  return std::nullopt;
}

std::string without_newline(std::string text) {
  if (!text.empty() && text.back() == '\n') {
    text.pop_back();
    if (!text.empty() && text.back() == '\r') {
      text.pop_back();
    }
  }
  return text;
}

std::optional<std::string> variable(const std::string& name) {
  // Nothing in this program changes its environment.
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Result<std::string> read_secret_file(std::string_view name) {
  std::string path(name);
  if (path == "~" || path.substr(0, 2) == "~/") {
    const auto home = variable("HOME");
    if (!home || home->empty()) {
      return Failure{"HOME is not set"};
    }
    path = *home + path.substr(1);
  }
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return Failure{system_message(errno)};
  }
  std::string content;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t n = read(file.get(), part.data(), part.size());
    const int error = errno;
    if (n == 0) {
      return without_newline(std::move(content));
    }
    if (n < 0 && error != EINTR) {
      return Failure{system_message(error)};
    }
    content.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (content.size() > kMaxSecretBytes) {
      return Failure{fmt::format("it is larger than {} bytes", kMaxSecretBytes)};
    }
  }
}

Result<std::string> resolve(const Reference& reference) {
  switch (reference.kind) {
    case Kind::env: {
      auto value = variable(std::string(reference.name));
      if (!value) {
        return Failure{"the environment variable is not set"};
      }
      return *std::move(value);
    }
    case Kind::file:
      return read_secret_file(reference.name);
    case Kind::cmd: {
      auto output = command_output(std::string(reference.name), kCommandLimit, kMaxSecretBytes);
      return output.ok() ? Result<std::string>(without_newline(std::move(output).value()))
                         : std::move(output);
    }
  }
  return Failure{"unknown kind"};
}

}  // namespace

bool has_reference(std::string_view value) {
  return next_reference(value, 0).has_value();
}

Result<std::string> resolve_references(std::string_view value) {
  std::string result;
  std::size_t done = 0;
  while (const auto reference = next_reference(value, done)) {
    const std::string name =
        printable(value.substr(reference->begin, reference->end - reference->begin), 80);
    const auto secret = resolve(*reference);
    if (!secret.ok()) {
      return Failure{fmt::format("cannot resolve {}: {}", name, secret.error())};
    }
    if (secret.value().empty()) {
      return Failure{fmt::format("cannot resolve {}: it is empty", name)};
    }
    if (secret.value().find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Failure{fmt::format(
          "cannot resolve {}: it holds a line break or NUL, which cannot stand in a header", name)};
    }
    result += value.substr(done, reference->begin - done);
    result += secret.value();
    done = reference->end;
  }
  result += value.substr(done);
  return result;
}

bool is_credential_header(std::string_view name) {
  constexpr std::array<std::string_view, 8> kParts{"auth", "cookie",   "token",      "secret",
                                                   "key",  "password", "credential", "session"};
  const std::string lower = lower_case(name);
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace dogged
