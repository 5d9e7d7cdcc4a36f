// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::crash {

// What a disk holds of the files of one flat directory once the power is gone, in the way SQLite's
// own crash tests (test6.c: "crashsql") and LevelDB's FaultInjectionTestEnv think of it. The files
// themselves always stand as the operating system would show them; beside them this class keeps
// what is certainly on the disk, and what was written since.
//
// Modelled:
// - Bytes are on the disk once the file was synced, names once the directory was. A file's sync
//   says nothing about its name.
// - At a power loss each write and truncation since then is kept, dropped or torn, each on its own:
//   their order is not kept, and one made just before a sync that never returned is one of them.
// - A torn write comes through by sectors of 512 bytes, at its beginning, at its end or anywhere,
//   and one of its sectors may be garbage. A file that grew past a write that was dropped has zeros
//   or garbage there.
// - Each name that was made, removed or moved since is as it was before or after, each on its own.
// - After a sync that failed, what was unsynced is on the disk or it is not, and no later sync
//   changes that: the kernel takes the pages for clean ("fsyncgate", PostgreSQL 2018).
// - STORE-shm is gone.
//
// Not modelled: disks that lie about syncs, or damage what was not being written to (SQLite calls
// the opposite powersafe overwrite and relies on it), bits that rot, directories within the
// directory, and anything written through a mapping.
//
// Files are known by inode, and an inode is kept from being used anew by a link in a directory
// beside. No file of SQLite's is opened here: closing it would drop the process's locks. One
// thread.
class Disk {
 public:
  using FileId = ino_t;
  using Files = std::map<std::string, std::string>;  // name -> content

  // `directory` is emptied and holds `files`, all on the disk.
  Disk(std::filesystem::path directory, const Files& files);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // Anew with these files; nothing in it may be open. The power is on.
  void hold(const Files& files);
  const std::filesystem::path& directory() const { return directory_; }
  bool contains(const std::filesystem::path& path) const;

  // What was done to a file, told by who did it. `opened` comes first. Nothing is noted once the
  // power is off.
  FileId opened(const std::filesystem::path& path);
  void wrote(FileId file, std::int64_t offset, std::string_view bytes);
  void truncated(FileId file, std::int64_t size);
  void synced(FileId file);
  void sync_failed(FileId file, std::uint64_t seed);
  void synced_directory();
  // The same for a file that was written to by other means: the descriptor can be read.
  void synced_descriptor(int descriptor);

  // A disk that says that it synced, and did not: the tests must notice.
  void lie_about_syncs(bool lies) { lies_ = lies; }

  // Now. What the disk will hold comes of `seed` and is settled at once.
  void cut_power(std::uint64_t seed);
  bool is_off() const { return is_off_; }
  // After a power loss: hold() of what was left.
  void restore();
  const Files& left() const { return left_; }

 private:
  using Random = std::mt19937_64;
  struct Change {
    bool is_truncation = false;
    std::int64_t offset = 0;  // the size, of a truncation
    std::string bytes;
  };
  struct File {
    std::string on_disk;
    std::vector<Change> unsynced;
    bool told = false;  // all that is done to it is told
  };
  // How much comes through: that differs from one power loss to the next, too.
  enum class Style { nothing, all, some, in_order, most };

  void forget_all();
  std::map<std::string, FileId> names_now();
  void read_untold(const std::filesystem::path& path, File& file) const;
  static std::string left_of(const File& file, Style style, Random& random);

  const std::filesystem::path directory_;
  const std::filesystem::path pins_;
  std::map<FileId, File> files_;
  std::map<std::string, FileId> names_on_disk_;
  bool is_off_ = false;
  bool lies_ = false;
  Files left_;
};

}  // namespace dogged::crash
