// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dogged {

// SHA-256 (FIPS 180-4) of bytes that come in pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  // Forgets all bytes so far.
  void restart();
  void update(std::string_view bytes);
  std::string hex();  // 64 lower-case digits; the object takes no more bytes after

  static std::string of(std::string_view bytes);
  static std::string of_file(const std::string& path);  // throws Error where it cannot be read

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dogged
