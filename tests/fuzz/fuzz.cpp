// SPDX-License-Identifier: MIT
#include "tests/fuzz/fuzz.h"

#include "base/text.h"

#include <cstdio>
#include <cstdlib>

namespace dogged::fuzz {

void broken(std::string_view property, std::string_view on) {
  const std::string shown = printable(on, 2000);
  (void)std::fprintf(stderr, "\nproperty broken: %.*s\n  on: %s\n",
                     static_cast<int>(property.size()), property.data(), shown.c_str());
  std::abort();
}

}  // namespace dogged::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dogged::fuzz::one_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
