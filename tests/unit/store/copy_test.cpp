// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "store/open_store.h"
#include "store/sqlite/file_locks.h"
#include "tests/unit/store/store_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace dogged {
namespace {

namespace fs = std::filesystem;

std::optional<Fault> fault_of_copy(const std::string& from, const std::string& to) {
  try {
    copy_store(from, to);
  } catch (const Error& error) {
    return error.fault();
  }
  return std::nullopt;
}

std::vector<std::string> files_like(const StoreFile& store, const std::string& part) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(store.path()).parent_path())) {
    if (entry.path().filename().string().find(part) != std::string::npos) {
      found.push_back(entry.path().filename().string());
    }
  }
  return found;
}

TEST_CASE("a copy is a whole store, private, with nothing left beside it") {
  const StoreFile store;
  copy_store(store.path(), store.file("copy.db"));
  CHECK(files_like(store, "copy") == std::vector<std::string>{"copy.db"});
  struct stat info {};
  REQUIRE(::stat(store.file("copy.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
  const auto reader = open_reader(store.file("copy.db"));
  CHECK(reader->verify().empty());
  CHECK(reader->overview().jobs.done == 1);
  CHECK(reader->find_job("A")->answer->body == "{}");
}

TEST_CASE("a copy holds what a writer that lives has committed, and no more") {
  const StoreFile store;
  sqlite::FileLocks locks(store.path());
  sqlite::Database writer(store.path(), sqlite::Access::write, locks.lock_writes());
  writer.connection().exec("INSERT INTO settings VALUES ('committed', '')");
  writer.connection().exec("BEGIN; INSERT INTO settings VALUES ('uncommitted', '')");
  copy_store(store.path(), store.file("copy.db"));
  writer.connection().exec("COMMIT");
  writer.forgo_checkpoint();
  const auto reader = open_reader(store.file("copy.db"));
  CHECK(reader->setting("committed").has_value());
  CHECK_FALSE(reader->setting("uncommitted").has_value());
}

TEST_CASE("an existing target is refused and stays as it is") {
  const StoreFile store;
  std::ofstream(store.file("mine.txt")) << "mine";
  CHECK(fault_of_copy(store.path(), store.file("mine.txt")) == Fault::usage);
  CHECK(fs::file_size(store.file("mine.txt")) == 4);
  CHECK(fault_of_copy(store.path(), store.path()) == Fault::usage);
  CHECK(files_like(store, ".tmp-").empty());
}

TEST_CASE("a log that lies beside the target's name is refused: it would become the copy's") {
  const StoreFile store;
  for (const char* suffix : {"-wal", "-journal"}) {
    CAPTURE(suffix);
    const std::string left_over = store.file("copy.db") + suffix;
    std::ofstream(left_over) << "left over";
    CHECK(fault_of_copy(store.path(), store.file("copy.db")) == Fault::usage);
    CHECK_FALSE(fs::exists(store.file("copy.db")));
    fs::remove(left_over);
  }
}

TEST_CASE("what a killed copy left is removed by the next copy to that name") {
  const StoreFile store;
  const std::string left = store.file("copy.db.tmp-dogged-aB3xYz");
  std::ofstream(left) << "half of it";
  copy_store(store.path(), store.file("copy.db"));
  CHECK(fs::exists(store.file("copy.db")));
  CHECK(files_like(store, ".tmp-").empty());
}

TEST_CASE("a copy that cannot be made leaves nothing") {
  const StoreFile store;
  CHECK(fault_of_copy(store.file("none.db"), store.file("copy.db")) == Fault::usage);
  CHECK(fault_of_copy(store.path(), store.file("no-directory/copy.db")) == Fault::usage);
  CHECK(fault_of_copy(store.path(), "postgresql://host/db") == Fault::usage);
  CHECK(files_like(store, "copy").empty());
  CHECK(files_like(store, "none").empty());
}

}  // namespace
}  // namespace dogged
