// SPDX-License-Identifier: MIT
#include "tests/torture/tally.h"

#include <cstdlib>
#include <fstream>
#include <string>

namespace dogged {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

int rounds(int short_form, int long_form) {
  return environment("DOGGED_LONG") == "1" ? long_form : short_form;
}

void tally(std::string_view group, std::string_view fault, std::int64_t times,
           std::int64_t losses) {
  const std::string file = environment("DOGGED_TALLY");
  if (file.empty()) {
    return;
  }
  // One write of one line: others append to the same file.
  std::string line;
  line.append(group).append("\t").append(fault).append("\t");
  line.append(std::to_string(times)).append("\t").append(std::to_string(losses)).append("\n");
  std::ofstream(file, std::ios::app) << line;
}

}  // namespace dogged
