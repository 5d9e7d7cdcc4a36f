// SPDX-License-Identifier: MIT
#include "tests/crash/disk.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

namespace dogged::crash {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSector = 512;

std::string content_of(const fs::path& path) {
  std::string content(fs::file_size(path), '\0');
  std::ifstream(path, std::ios::binary)
      .read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    throw std::runtime_error("cannot stat " + path.string());
  }
  return status;
}

bool chance(std::mt19937_64& random, unsigned percent) {
  return random() % 100 < percent;
}

char garbage(std::mt19937_64& random) {
  return static_cast<char>(random() % 256);
}

// What lies between the end and `offset` was never written.
void put(std::string& content, std::size_t offset, std::string_view bytes,
         std::mt19937_64& random) {
  const std::size_t end = content.size();
  if (end < offset + bytes.size()) {
    content.resize(offset + bytes.size());
    if (end < offset && chance(random, 50)) {
      std::generate_n(content.begin() + static_cast<std::ptrdiff_t>(end), offset - end,
                      [&random] { return garbage(random); });
    }
  }
  content.replace(offset, bytes.size(), bytes);
}

// By sectors of the disk, as they lie in the file.
void put_torn(std::string& content, std::size_t offset, std::string_view bytes,
              std::mt19937_64& random) {
  const std::size_t end = offset + bytes.size();
  const std::size_t cut = offset + random() % std::max<std::size_t>(bytes.size(), 1);
  const std::size_t bad = chance(random, 50) ? offset + random() % bytes.size() : end;
  const auto kind = random() % 3;
  for (std::size_t at = offset; at < end;) {
    const std::size_t next = std::min(end, (at / kSector + 1) * kSector);
    const bool before = next <= cut;
    const bool kept = kind == 0 ? before : kind == 1 ? !before : chance(random, 50);
    if (at <= bad && bad < next) {
      std::string rubbish(next - at, '\0');
      std::ranges::generate(rubbish, [&random] { return garbage(random); });
      put(content, at, rubbish, random);
    } else if (kept) {
      put(content, at, bytes.substr(at - offset, next - at), random);
    }
    at = next;
  }
}

}  // namespace

Disk::Disk(fs::path directory, const Files& files)
    : directory_(std::move(directory)), pins_(directory_.string() + ".pins") {
  hold(files);
}

Disk::~Disk() {
  std::error_code ignored;
  fs::remove_all(pins_, ignored);
  fs::remove_all(directory_, ignored);
}

void Disk::forget_all() {
  fs::remove_all(directory_);
  fs::remove_all(pins_);
  fs::create_directory(directory_);
  fs::create_directory(pins_);
  files_.clear();
  names_on_disk_.clear();
  is_off_ = false;
}

void Disk::hold(const Files& files) {
  forget_all();
  for (const auto& [name, content] : files) {
    std::ofstream(directory_ / name, std::ios::binary) << content;
  }
  names_on_disk_ = names_now();
  for (const auto& [name, id] : names_on_disk_) {
    files_[id] = {files.at(name), {}, true};
  }
}

bool Disk::contains(const fs::path& path) const {
  return path.parent_path() == directory_;
}

Disk::FileId Disk::opened(const fs::path& path) {
  const struct stat status = status_of(path);
  const auto [known, is_new] = files_.try_emplace(status.st_ino);
  if (is_new) {
    fs::create_hard_link(path, pins_ / std::to_string(status.st_ino));
  }
  if (!known->second.told) {
    read_untold(path, known->second);
    known->second.told = true;
  }
  return status.st_ino;
}

// What stands in it without our having been told how: all of it may be missing.
void Disk::read_untold(const fs::path& path, File& file) const {
  file.unsynced.clear();
  if (status_of(path).st_size == 0) {
    return;
  }
  std::string content = content_of(path);
  if (content == file.on_disk) {
    return;
  }
  if (content.size() < file.on_disk.size()) {
    file.unsynced.push_back({true, static_cast<std::int64_t>(content.size()), {}});
  }
  file.unsynced.push_back({false, 0, std::move(content)});
}

void Disk::wrote(FileId file, std::int64_t offset, std::string_view bytes) {
  if (!is_off_) {
    files_.at(file).unsynced.push_back({false, offset, std::string(bytes)});
  }
}

void Disk::truncated(FileId file, std::int64_t size) {
  if (!is_off_) {
    files_.at(file).unsynced.push_back({true, size, {}});
  }
}

void Disk::synced(FileId file) {
  if (is_off_ || lies_) {
    return;
  }
  File& which = files_.at(file);
  for (const Change& change : which.unsynced) {
    const auto offset = static_cast<std::size_t>(change.offset);
    if (change.is_truncation) {
      which.on_disk.resize(offset);
    } else {
      which.on_disk.resize(std::max(which.on_disk.size(), offset + change.bytes.size()));
      which.on_disk.replace(offset, change.bytes.size(), change.bytes);
    }
  }
  which.unsynced.clear();
}

void Disk::sync_failed(FileId file, std::uint64_t seed) {
  if (is_off_) {
    return;
  }
  Random random(seed);
  File& which = files_.at(file);
  which.on_disk = left_of(which, static_cast<Style>(random() % 5), random);
  which.unsynced.clear();
}

void Disk::synced_directory() {
  if (!is_off_ && !lies_) {
    names_on_disk_ = names_now();
  }
}

void Disk::synced_descriptor(int descriptor) {
  struct stat status {};
  if (is_off_ || lies_ || ::fstat(descriptor, &status) != 0) {
    return;
  }
  const auto known = files_.find(status.st_ino);
  if (known != files_.end() && known->second.told) {
    synced(status.st_ino);
    return;
  }
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  if (::pread(descriptor, content.data(), content.size(), 0) != status.st_size) {
    throw std::runtime_error("cannot read back what was synced");
  }
  (void)names_now();  // so that the inode is pinned
  files_[status.st_ino].on_disk = std::move(content);
}

std::map<std::string, Disk::FileId> Disk::names_now() {
  std::map<std::string, FileId> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("-shm")) {
      continue;
    }
    const FileId id = status_of(entry.path()).st_ino;
    if (files_.try_emplace(id).second) {
      fs::create_hard_link(entry.path(), pins_ / std::to_string(id));
    }
    names[name] = id;
  }
  return names;
}

std::string Disk::left_of(const File& file, Style style, Random& random) {
  std::string content = file.on_disk;
  const std::size_t n = file.unsynced.size();
  const std::size_t stop = style == Style::in_order && n > 0 ? random() % n : n;
  constexpr std::array<unsigned, 5> kPercent{0, 100, 33, 100, 85};
  for (std::size_t i = 0; i < n; ++i) {
    const Change& change = file.unsynced[i];
    const auto offset = static_cast<std::size_t>(change.offset);
    const bool kept = i < stop && chance(random, kPercent.at(static_cast<std::size_t>(style)));
    const bool torn = !kept && style != Style::nothing && i <= stop && chance(random, 50);
    if (change.is_truncation) {
      if (kept) {
        content.resize(offset);
      }
    } else if (kept) {
      put(content, offset, change.bytes, random);
    } else if (torn && !change.bytes.empty()) {
      put_torn(content, offset, change.bytes, random);
    }
  }
  return content;
}

void Disk::cut_power(std::uint64_t seed) {
  if (is_off_) {
    return;
  }
  Random random(seed);
  const auto style = static_cast<Style>(random() % 5);
  const auto now = names_now();
  for (const auto& [name, id] : now) {
    if (File& file = files_.at(id); !file.told) {
      read_untold(directory_ / name, file);
    }
  }
  std::set<std::string> names;
  for (const auto& [name, id] : now) {
    names.insert(name);
  }
  for (const auto& [name, id] : names_on_disk_) {
    names.insert(name);
  }
  std::map<FileId, std::string> contents;
  left_.clear();
  for (const std::string& name : names) {
    const bool as_now = style == Style::all || (style != Style::nothing && chance(random, 50));
    const auto& listing = as_now ? now : names_on_disk_;
    const auto found = listing.find(name);
    if (found != listing.end()) {
      const auto [content, is_new] = contents.try_emplace(found->second);
      if (is_new) {
        content->second = left_of(files_.at(found->second), style, random);
      }
      left_[name] = content->second;
    }
  }
  is_off_ = true;
}

void Disk::restore() {
  const Files files = left_;
  hold(files);
}

}  // namespace dogged::crash
