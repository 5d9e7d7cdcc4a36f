// SPDX-License-Identifier: MIT
#pragma once

#include "base/atomic_file.h"
#include "store/import_session.h"

#include <memory>
#include <string>

namespace dogged {

// The rejected rows as a CSV file: line, reason, text. It is made where there are rejects; where
// there are none, one that stands there from before is emptied, and none is made. One thread.
class RejectsFile {
 public:
  explicit RejectsFile(std::string path);  // empty: writes nothing
  void add(const RejectedRow& row);        // throws Error where the file cannot be written
  void commit();                           // the file is there, whole

 private:
  void open();

  const std::string path_;
  std::unique_ptr<AtomicFile> file_;
  std::string line_;
};

}  // namespace dogged
