// SPDX-License-Identifier: MIT
#include "http/secret_reference.h"

#include "http/command_output.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace std::chrono_literals;
using dogged::command_output;
using dogged::has_reference;
using dogged::resolve_references;

namespace {

// A file with `content` until the end of the case.
class SecretFile {
 public:
  explicit SecretFile(const std::string& content) {
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    close(fd);
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~SecretFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/dogged-test-secret-XXXXXX";
};

std::string resolved(const std::string& value) {
  const auto result = resolve_references(value);
  return result.ok() ? result.value() : "failed: " + result.error();
}

bool fails_without(const std::string& value, const std::string& secret) {
  const auto result = resolve_references(value);
  return !result.ok() && result.error().find(secret) == std::string::npos;
}

}  // namespace

TEST_CASE("what is a reference and what is not") {
  for (const char* value : {"env:TOKEN", "Bearer env:TOKEN", "env:_a1", "file:/x", "file:~/x",
                            "Basic file:x", "cmd:echo x", "Bearer cmd:pass show it", "a\tenv:B"}) {
    CAPTURE(std::string(value));
    CHECK(has_reference(value));
  }
  for (const char* value : {"", "Bearer abc", "env:", "env:1A", "env:A-B", "env: A",
                            "file:", "file: x", "cmd:", "cmd:  ", "xenv:A", "a=env:A", "Env:A",
                            "https://a/env:B", "text/html; profile:x"}) {
    CAPTURE(std::string(value));
    CHECK_FALSE(has_reference(value));
    CHECK(resolved(value) == value);
  }
}

TEST_CASE("references are replaced in their place") {
  setenv("DOGGED_TEST_A", "one", 1);      // NOLINT(concurrency-mt-unsafe)
  setenv("DOGGED_TEST_B", "two two", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(resolved("env:DOGGED_TEST_A") == "one");
  CHECK(resolved("Bearer env:DOGGED_TEST_A") == "Bearer one");
  CHECK(resolved("env:DOGGED_TEST_A and env:DOGGED_TEST_B!") == "one and env:DOGGED_TEST_B!");
  CHECK(resolved("env:DOGGED_TEST_A  env:DOGGED_TEST_B .") == "one  two two .");
  CHECK(resolved("Bearer cmd:printf '%s' \"a b\"") == "Bearer a b");
  CHECK(resolved("cmd:echo env:DOGGED_TEST_A") == "env:DOGGED_TEST_A");
}

TEST_CASE("a secret is not looked at for references again") {
  setenv("DOGGED_TEST_A", "env:HOME cmd:exit", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(resolved("env:DOGGED_TEST_A") == "env:HOME cmd:exit");
}

TEST_CASE("of a file one newline at the end is dropped, and ~ is the home directory") {
  CHECK(resolved("file:" + SecretFile("abc").path()) == "abc");
  CHECK(resolved("file:" + SecretFile("abc\n").path()) == "abc");
  CHECK(resolved("file:" + SecretFile("abc\r\n").path()) == "abc");
  CHECK(fails_without("file:" + SecretFile("abc\n\n").path(), "abc"));
  const SecretFile file("home");
  setenv("HOME", "/tmp", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(resolved("file:~/" + file.path().substr(5)) == "home");
}

TEST_CASE("what cannot be resolved fails by name, without the value") {
  unsetenv("DOGGED_TEST_NONE");  // NOLINT(concurrency-mt-unsafe)
  CHECK(resolved("Bearer env:DOGGED_TEST_NONE").find("env:DOGGED_TEST_NONE") != std::string::npos);
  CHECK(resolved("Bearer env:DOGGED_TEST_NONE").find("not set") != std::string::npos);
  CHECK(resolved("file:/nonexistent/x").find("No such file") != std::string::npos);
  CHECK(resolved("file:/").find("failed: ") == 0);
  CHECK(resolved("cmd:exit 3").find("status 3") != std::string::npos);
  CHECK(resolved("cmd:kill -9 $$").find("signal 9") != std::string::npos);
  CHECK(resolved("cmd:true").find("empty") != std::string::npos);
  setenv("DOGGED_TEST_A", "", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(fails_without("env:DOGGED_TEST_A", "\""));
}

TEST_CASE("what cannot stand in a header fails, without the value") {
  setenv("DOGGED_TEST_A", "hush\r\nHost: evil", 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(fails_without("env:DOGGED_TEST_A", "hush"));
  CHECK(fails_without("file:" + SecretFile(std::string("hush\0x", 6)).path(), "hush"));
  CHECK(fails_without("cmd:printf 'hu%s\\nx' sh", "hush"));
  CHECK(fails_without("file:" + SecretFile(std::string(100'000, 'x')).path(), "xxx"));
}

TEST_CASE("a command gets no input and its output is bounded") {
  CHECK(command_output("cat; echo end", 30s, 100).value() == "end\n");
  CHECK_FALSE(command_output("cat /dev/zero", 30s, 1000).ok());
}

TEST_CASE("a command that does not end is killed with all it started") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(command_output("sleep 60 & sleep 60; echo", 100ms, 100).error().find("longer than") !=
        std::string::npos);
  CHECK(command_output("exec >&-; sleep 60", 100ms, 100).error().find("longer than") !=
        std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start < 20s);
}

TEST_CASE("which headers carry credentials") {
  for (const char* name : {"Authorization", "PROXY-AUTHORIZATION", "Cookie", "X-Api-Key", "apikey",
                           "X-Auth-Token", "Client-Secret", "Ocp-Apim-Subscription-Key"}) {
    CHECK(dogged::is_credential_header(name));
  }
  for (const char* name : {"Accept", "User-Agent", "Content-Type", "If-None-Match"}) {
    CHECK_FALSE(dogged::is_credential_header(name));
  }
}
