// SPDX-License-Identifier: MIT
// Bodies compressed as servers send them.
#pragma once

#include <string>
#include <string_view>

namespace dogged::test {

enum class Wrap { gzip, zlib, none };

std::string deflated(std::string_view text, Wrap wrap);
std::string brotli(std::string_view text);
inline std::string gzip(std::string_view text) {
  return deflated(text, Wrap::gzip);
}

}  // namespace dogged::test
