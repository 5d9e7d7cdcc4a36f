// SPDX-License-Identifier: MIT
// An import's rows are staged in a file without a journal: what failed there cannot be taken back,
// and must not be imported by halves.
#include "base/error.h"
#include "tests/crash/scenario.h"
#include "tests/torture/tally.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

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

TEST_CASE("a commit of an import that failed imports nothing; again it imports all, or says no") {
  Bench bench;
  int again = 0;
  int refused = 0;
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
        std::int64_t rows = 500;
        const auto second = failure_of([&] { rows = session->commit("sha").rows; });
        CHECK(rows == 500);
        CHECK((!second || second->find("import again") != std::string::npos));
        (second ? refused : again) += 1;
      }
      setting_step("1").run(life);  // the store itself goes on
      CHECK(faults_of(life.path) == "");
    }
  }
  CHECK(again > 0);
  CHECK(refused > 0);
  tally("disk", "an error in the commit of an import", again + refused);
}

TEST_CASE("an import whose rows could not be staged cannot be committed") {
  Bench bench;
  const std::string wide = fmt::format(R"({{"id":"{}"}})", std::string(200'000, 'x'));
  for (const Mishap& mishap : kIoErrors) {
    bench.disk.hold({});
    Life life(store_on(bench.disk));
    open_step().run(life);
    const std::string before = content_of_store(life.path);
    const auto session = life.store->begin_import(spec_of("b.csv"));
    bench.vfs.trouble.expect(mishap, 1, false, 1);
    const auto failure = failure_of([&] {
      for (int i = 0; i < 100; ++i) {
        session->add({i + 1, i + 2, fmt::format("key-{}", i), wide, "", ""});
      }
    });
    bench.vfs.trouble.is_over();
    if (failure) {
      CAPTURE(mishap.name);
      CHECK(failure_of([&] { session->add({200, 201, "more", "", "", ""}); }));
      CHECK(failure_of([&] { (void)session->commit("sha"); }));
      CHECK(content_of_store(life.path) == before);
      tally("disk", fmt::format("{} while rows are staged", mishap.name));
    } else {
      CHECK(mishap.name != "no space left");
    }
  }
}

}  // namespace
}  // namespace dogged::crash
