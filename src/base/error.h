// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace dogged {

// What kind of ending an Error asks for. cli turns it into an exit status (cli/exit_status.h).
enum class Fault {
  failure,            // this operation cannot go on
  usage,              // the user asked for something that cannot be done as asked
  store_unavailable,  // the store, or the disk below it, does not serve; nothing is lost
};

// Thrown where an operation cannot go on. Expected endings are values (Result, optional, Outcome).
// The message says what failed, on what, why, and what to do: "cannot open ids.csv: Permission
// denied".
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& message) : std::runtime_error(message), fault_(fault) {}
  explicit Error(const std::string& message) : Error(Fault::failure, message) {}

  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

}  // namespace dogged
