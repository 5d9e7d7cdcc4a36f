// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "cli/copy_command.h"
#include "cli/refresh_command.h"
#include "cli/remove_command.h"
#include "cli/retry_command.h"
#include "http/unique_fd.h"
#include "tests/unit/cli/store_fixture.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace dogged {
namespace {

// Five IDs: done, not_found, two failed in different ways, one not asked yet.
class Changed : public StoreFixture {
 public:
  Changed() {
    import("ids.csv", {"a", "b", "c", "d", "e"});
    settle({{JobState::done, R"({"v":1})"},
            {JobState::not_found, "{}"},
            {JobState::failed, "timed out after 60 s"},
            {JobState::failed, "HTTP 400"}});
  }
  std::string states() {
    std::string states;
    open_reader(common().db)->each_job({}, [&states](const JobRow& job) {
      states += job.key + "=" + std::string(word(job.state)) + " ";
      return true;
    });
    return states;
  }
  std::string after_retry(const RetryOptions& options) {
    run(run_retry_command, options);
    return states();
  }
  std::string after_refresh(const RefreshOptions& options) {
    run(run_refresh_command, options);
    return states();
  }
};

// A terminal for stdin, at which somebody typed `line`.
class Typed {
 public:
  explicit Typed(const std::string& line)
      : stdin_(dup(STDIN_FILENO)), terminal_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(terminal_.get() >= 0);
    REQUIRE(grantpt(terminal_.get()) == 0);
    REQUIRE(unlockpt(terminal_.get()) == 0);
    std::array<char, 64> name{};
    REQUIRE(ptsname_r(terminal_.get(), name.data(), name.size()) == 0);
    const UniqueFd slave(open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(dup2(slave.get(), STDIN_FILENO) == STDIN_FILENO);
    REQUIRE(write(terminal_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  ~Typed() {
    dup2(stdin_.get(), STDIN_FILENO);
    std::clearerr(stdin);
  }
  Typed(const Typed&) = delete;
  Typed& operator=(const Typed&) = delete;

 private:
  const UniqueFd stdin_, terminal_;
};

RetryOptions retry(std::vector<std::string> ids) {
  RetryOptions options;
  options.ids = std::move(ids);
  return options;
}

TEST_CASE("retry without options sends back what failed, and says how many") {
  Changed f;
  const auto ended = f.run<RetryOptions>(run_retry_command);
  CHECK(ended.status == ExitStatus::done);
  CHECK(ended.out == "2 jobs are ready again\n");
  CHECK(f.states() == "a=done b=not_found c=ready d=ready e=ready ");
  f.common().json = true;
  CHECK(f.run<RetryOptions>(run_retry_command).out == "{\"requeued\":0}\n");
}

TEST_CASE("retry picks by kind and by error") {
  RetryOptions not_found;
  not_found.not_found = true;
  CHECK(Changed().after_retry(not_found) == "a=done b=ready c=failed d=failed e=ready ");
  RetryOptions both = not_found;
  both.failed = true;
  CHECK(Changed().after_retry(both) == "a=done b=ready c=ready d=ready e=ready ");
  RetryOptions error;
  error.error = "timed out";
  CHECK(Changed().after_retry(error) == "a=done b=not_found c=ready d=failed e=ready ");
  error.error = "HTTP 4?0";
  CHECK(Changed().after_retry(error) == "a=done b=not_found c=failed d=ready e=ready ");
}

TEST_CASE("retry of single IDs takes failed and not found ones, each once") {
  CHECK(Changed().after_retry(retry({"b", "d", "d"})) ==
        "a=done b=ready c=failed d=ready e=ready ");
}

TEST_CASE("retry of an unknown or an answered ID changes nothing") {
  Changed f;
  const std::string before = f.states();
  CHECK_THROWS_WITH_AS(f.after_retry(retry({"c", "nobody"})), doctest::Contains("no ID 'nobody'"),
                       Error);
  CHECK_THROWS_WITH_AS(f.after_retry(retry({"c", "a"})), doctest::Contains("dogged refresh a"),
                       Error);
  CHECK(f.states() == before);
}

TEST_CASE("refresh must be told what") {
  Changed f;
  RefreshOptions options;
  CHECK_THROWS_WITH_AS(f.run(run_refresh_command, options), doctest::Contains("--older-than"),
                       Error);
  options.all = true;
  options.ids = {"a"};
  CHECK_THROWS_AS(f.run(run_refresh_command, options), Error);
}

TEST_CASE("refresh asks all that was answered again and keeps the answers") {
  Changed f;
  RefreshOptions options;
  options.all = true;
  CHECK(f.after_refresh(options) == "a=ready b=ready c=failed d=failed e=ready ");
  const auto job = open_reader(f.common().db)->find_job("a");
  REQUIRE(job);
  REQUIRE(job->answer);
  CHECK(job->answer->body == R"({"v":1})");
}

TEST_CASE("refresh by age leaves what was answered later alone") {
  Changed f;
  f.clock().advance(std::chrono::hours(24));
  f.settle({{JobState::done, R"({"v":2})"}});  // e
  f.clock().advance(std::chrono::hours(1));
  RefreshOptions options;
  options.older_than = std::chrono::hours(12);
  CHECK(f.after_refresh(options) == "a=ready b=ready c=failed d=failed e=done ");
}

TEST_CASE("refresh of a failed ID names retry") {
  Changed f;
  RefreshOptions options;
  options.ids = {"c"};
  CHECK_THROWS_WITH_AS(f.run(run_refresh_command, options), doctest::Contains("dogged retry c"),
                       Error);
  options.ids = {"a"};
  CHECK(f.after_refresh(options) == "a=ready b=not_found c=failed d=failed e=ready ");
}

TEST_CASE("remove takes a batch and the jobs that no other batch has") {
  Changed f;
  f.import("more.csv", {"e", "f", "g"});
  const auto ended = f.run<RemoveOptions>(run_remove_command, {"more.csv", true});
  CHECK(ended.status == ExitStatus::done);
  CHECK(ended.out == "removed batch 'more.csv': 3 rows, 2 jobs\n");
  CHECK(f.states() == "a=done b=not_found c=failed d=failed e=ready ");
}

TEST_CASE("remove asks at a terminal, and takes anything but a yes for a no") {
  Changed f;
  const std::string states = f.states();
  for (const char* answer : {"n\n", "\n", "yesterday\n", "\x04"}) {
    CAPTURE(answer);
    const Typed typed(answer);
    const auto ended = f.run<RemoveOptions>(run_remove_command, {"ids.csv", false});
    CHECK(ended.status == ExitStatus::done);
    CHECK(ended.out.empty());
    CHECK(f.states() == states);
  }
  const Typed typed(" Yes\n");
  f.common().json = true;
  CHECK(f.run<RemoveOptions>(run_remove_command, {"ids.csv", false}).out ==
        "{\"batch\":\"ids.csv\",\"rows_removed\":5,\"jobs_removed\":5}\n");
  CHECK(f.states().empty());
}

TEST_CASE("remove does nothing where there is no terminal to ask at and no --yes") {
  Changed f;
  const std::string states = f.states();
  const UniqueFd was(dup(STDIN_FILENO));
  const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(dup2(null.get(), STDIN_FILENO) == STDIN_FILENO);
  CHECK_THROWS_WITH_AS(f.run<RemoveOptions>(run_remove_command, {"ids.csv", false}),
                       doctest::Contains("--yes"), Error);
  dup2(was.get(), STDIN_FILENO);
  CHECK(f.states() == states);
}

TEST_CASE("remove names what it lacks, and the batch that may be meant") {
  Changed f;
  CHECK_THROWS_WITH_AS(f.run<RemoveOptions>(run_remove_command), doctest::Contains("--batch"),
                       Error);
  CHECK_THROWS_WITH_AS(f.run<RemoveOptions>(run_remove_command, {"id.csv", true}),
                       doctest::Contains("did you mean 'ids.csv'"), Error);
  CHECK_THROWS_WITH_AS(f.run<RemoveOptions>(run_remove_command, {"quite another", true}),
                       doctest::Contains("lists them"), Error);
}

TEST_CASE("a copy is a store with the same jobs, and never replaces a file") {
  Changed f;
  const CopyOptions options{f.path("copy.db")};
  CHECK(f.run(run_copy_command, options).status == ExitStatus::done);
  const std::string states = f.states();
  CHECK_THROWS_AS(f.run(run_copy_command, options), Error);
  f.common().db = options.to;
  CHECK(f.states() == states);
}

TEST_CASE("copy refuses what is no file, and a store that is not there") {
  Changed f;
  CHECK_THROWS_WITH_AS(f.run<CopyOptions>(run_copy_command), doctest::Contains("--to"), Error);
  CHECK_THROWS_AS(f.run<CopyOptions>(run_copy_command, {"postgresql://host/db"}), Error);
  f.common().db = f.path("none.db");
  CHECK_THROWS_WITH_AS(f.run<CopyOptions>(run_copy_command, {f.path("copy.db")}),
                       doctest::Contains("there is no store"), Error);
  CHECK_FALSE(std::filesystem::exists(f.path("copy.db")));
}

}  // namespace
}  // namespace dogged
