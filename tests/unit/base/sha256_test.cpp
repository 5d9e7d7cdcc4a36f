// SPDX-License-Identifier: MIT
#include "base/sha256.h"

#include "base/error.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

using namespace dogged;  // NOLINT(google-build-using-namespace)

TEST_CASE("the sum is the one of FIPS 180-4's example, whole or in pieces") {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(Sha256::of("abc") == abc);
  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  CHECK(pieces.hex() == abc);
  CHECK(Sha256::of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a file's sum is that of its bytes; a missing file is an error that names it") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "f").string();
  std::ofstream(path) << "abc";
  CHECK(Sha256::of_file(path) == Sha256::of("abc"));
  CHECK_THROWS_WITH_AS((void)Sha256::of_file(path + "x"), doctest::Contains("fx"), Error);
}
