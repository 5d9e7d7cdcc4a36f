// SPDX-License-Identifier: MIT
// An import's rows wait in a file without a journal: what failed there cannot be taken back, and
// must not be imported by halves. What failed in the store was rolled back, and can be tried again.
#include "base/error.h"
#include "tests/crash/scenario.h"
#include "tests/torture/tally.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <csignal>
#include <optional>

namespace dogged::crash {
namespace {

BatchSpec spec_of(const char* name) {
  BatchSpec spec;
  spec.name = name;
  spec.file = name;
  spec.id_options = "column=id";
  spec.header = {"id"};
  spec.id_column = "id";
  spec.now = from_ms(1'790'000'000'000);
  return spec;
}

// What it says, where it fails.
template <typename Work>
std::optional<std::string> failure_of(Work&& work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    CHECK_MESSAGE(error.fault() == dogged::Fault::store_unavailable, error.what());
    return error.what();
  }
}

// While it lives, no file may grow beyond this: EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit small{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  ~FileSizeLimit() {
    CHECK(::setrlimit(RLIMIT_FSIZE, &before_) == 0);
    (void)std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_CASE("a commit of an import that failed imports nothing; again it imports all") {
  Bench bench;
  int again = 0;
  for (const Mishap& mishap : kIoErrors) {
    bool struck = true;
    for (std::int64_t n = 1; struck; n += rounds(13, 1)) {
      CAPTURE(mishap.name);
      CAPTURE(n);
      bench.disk.hold({});
      Life life(store_on(bench.disk));
      open_step().run(life);
      import_step("a.csv", 1, 100).run(life);
      const std::string before = content_of_store(life.path);
      const auto session = life.store->begin_import(spec_of("b.csv"));
      for (int i = 0; i < 500; ++i) {
        session->add({i + 1, i + 2, fmt::format("key-{:06}", i * 3), "", "", ""});
      }
      bench.vfs.trouble.expect(mishap, n, n % 2 == 0, 1);
      const auto failure = failure_of([&] { (void)session->commit("sha"); });
      struck = bench.vfs.trouble.has_struck();
      bench.vfs.trouble.is_over();
      if (failure) {
        CHECK(content_of_store(life.path) == before);
        CHECK(session->commit("sha").rows == 500);
        ++again;
      }
      setting_step("1").run(life);  // the store itself goes on
      CHECK(faults_of(life.path) == "");
    }
  }
  CHECK(again > 0);
  tally("disk", "an error in the commit of an import", again);
}

TEST_CASE("an import whose rows could not be staged cannot be committed") {
  Bench bench;
  const std::string wide = fmt::format(R"({{"id":"{}"}})", std::string(200'000, 'x'));
  for (const rlim_t limit : {0, 100'000, 5'000'000}) {
    CAPTURE(limit);
    bench.disk.hold({});
    Life life(store_on(bench.disk));
    open_step().run(life);
    const std::string before = content_of_store(life.path);
    const auto session = life.store->begin_import(spec_of("b.csv"));
    {
      const FileSizeLimit full(limit);
      const auto failure = failure_of([&] {
        for (int i = 0; i < 100; ++i) {
          session->add({i + 1, i + 2, fmt::format("key-{}", i), wide, "", ""});
        }
      });
      REQUIRE(failure);
      CHECK(failure->find("File too large") != std::string::npos);
    }
    CHECK(failure_of([&] { session->add({200, 201, "more", "", "", ""}); }));
    CHECK(failure_of([&] { (void)session->commit("sha"); }));
    CHECK(content_of_store(life.path) == before);
    tally("disk", "no room while rows are staged");
  }
}

}  // namespace
}  // namespace dogged::crash
