// SPDX-License-Identifier: MIT
// Runs a fuzz target on the files it is given, where the compiler has no libFuzzer.
#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      (void)std::fprintf(stderr, "cannot read %s\n", argv[i]);
      return 1;
    }
    (void)std::fprintf(stderr, "Running: %s\n", argv[i]);
    dogged::fuzz::one_input(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return 0;
}
