// SPDX-License-Identifier: MIT
#pragma once

#include "base/atomic_file.h"
#include "store/import_session.h"
#include "store/store_reader.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Puts a written file in its place: AtomicFile::commit(), and what else the caller does about it.
// Empty: just that.
using PlaceFile = std::function<void(AtomicFile&)>;

// The rejected rows as a CSV file: line, reason, text. It is made where there are rejects; where
// there are none, one that stands there from before is emptied, and none is made. One thread.
class RejectsFile {
 public:
  explicit RejectsFile(std::string path, PlaceFile place = {});  // empty path: writes nothing
  void add(const RejectedRow& row);  // throws Error where the file cannot be written
  void commit();                     // the file is there, whole

 private:
  void open();

  const std::string path_;
  const PlaceFile place_;
  std::unique_ptr<AtomicFile> file_;
  std::string line_;
};

// Writes all rejects of a stored batch to `path` (empty: nowhere) and returns the first `first` of
// them. Some are found only when a file meets the store, after it was read.
std::vector<RejectedRow> write_rejects(StoreReader& reader, std::string_view batch,
                                       const std::string& path, std::size_t first,
                                       const PlaceFile& place = {});

}  // namespace dogged
