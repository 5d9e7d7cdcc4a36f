// SPDX-License-Identifier: MIT
#include "tests/faults/settings.h"

#include "tests/faults/raw_syscall.h"

#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dogged::faults {
namespace {

struct NamedKind {
  const char* name;
  Kind kind;
};
constexpr NamedKind kKinds[] = {
    {"open", kOpen},         {"write", kWrite},  {"sync", kSync},     {"truncate", kTruncate},
    {"rename", kRename},     {"link", kLink},    {"unlink", kUnlink}, {"mkdir", kMkdir},
    {"allocate", kAllocate}, {"map", kMap},      {"chmod", kChmod},   {"close", kClose},
    {"read", kRead},         {"statfs", kSpace},
};

struct NamedError {
  const char* name;
  int error;
};
constexpr NamedError kErrors[] = {
    {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}, {"EACCES", EACCES},
};

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe) no thread yet
}

bool is_set(const char* name) {
  const char* value = environment(name);
  return value != nullptr && std::strcmp(value, "1") == 0;
}

bool is_word(const char* word, const char* text, std::size_t size) {
  return std::strlen(word) == size && std::strncmp(word, text, size) == 0;
}

unsigned kind_of(const char* text, std::size_t size) {
  for (const NamedKind& named : kKinds) {
    if (is_word(named.name, text, size)) {
      return named.kind;
    }
  }
  give_up("DISK_FAULTS_CALLS: no such kind of call");
}

unsigned kinds_of(const char* text) {
  unsigned kinds = 0;
  while (text != nullptr && *text != '\0') {
    const std::size_t size = std::strcspn(text, ",");
    kinds |= kind_of(text, size);
    text += size;
    text += *text == ',' ? 1 : 0;
  }
  return kinds;
}

int error_of(const char* text) {
  for (const NamedError& named : kErrors) {
    if (text != nullptr && std::strcmp(text, named.name) == 0) {
      return named.error;
    }
  }
  if (text != nullptr) {
    give_up("DISK_FAULTS_ERRNO: not known");
  }
  return EIO;
}

bool matches(const char* pattern, const char* end, const char* path) {
  for (; pattern != end; ++pattern, ++path) {
    if (*pattern == '*') {
      for (const char* rest = path;; ++rest) {
        if (matches(pattern + 1, end, rest)) {
          return true;
        }
        if (*rest == '\0') {
          return false;
        }
      }
    }
    if (*path == '\0' || (*pattern != '?' && *pattern != *path)) {
      return false;
    }
  }
  return *path == '\0';
}

}  // namespace

Settings read_settings() {
  Settings settings;
  settings.paths = environment("DISK_FAULTS_PATH");
  settings.kinds = kinds_of(environment("DISK_FAULTS_CALLS"));
  const char* at = environment("DISK_FAULTS_AT");
  settings.at = at != nullptr ? std::strtol(at, nullptr, 10) : 0;
  settings.lasting = is_set("DISK_FAULTS_LASTING");
  settings.error = error_of(environment("DISK_FAULTS_ERRNO"));
  settings.part = is_set("DISK_FAULTS_SHORT");
  settings.only_while = environment("DISK_FAULTS_WHILE");
  if (const char* bytes = environment("DISK_FAULTS_FREE"); bytes != nullptr) {
    settings.free_bytes = std::strtoll(bytes, nullptr, 10);
    settings.kinds |= kSpace;
  }
  settings.log = environment("DISK_FAULTS_LOG");
  return settings;
}

const char* name_of(Kind kind) {
  for (const NamedKind& named : kKinds) {
    if (named.kind == kind) {
      return named.name;
    }
  }
  return "?";
}

bool matches_path(const char* patterns, const char* path) {
  while (true) {
    const char* end = patterns;
    while (*end != '\0' && *end != '|') {
      ++end;
    }
    if (matches(patterns, end, path)) {
      return true;
    }
    if (*end == '\0') {
      return false;
    }
    patterns = end + 1;
  }
}

void give_up(const char* why) {
  constexpr int kStatus = 97;
  const char* const words[] = {"disk_faults: ", why, "\n"};
  for (const char* word : words) {
    (void)raw(SYS_write, 2, address(word), std::strlen(word));  // there is nowhere else to say so
  }
  while (true) {
    (void)raw(SYS_exit_group, kStatus);
  }
}

}  // namespace dogged::faults
