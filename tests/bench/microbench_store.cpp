// SPDX-License-Identifier: MIT
// Lease and settle in the SQLite store, durably (synchronous=FULL), in the directory TMPDIR.
#include "store/open_store.h"
#include "tests/bench/load.h"

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace dogged::bench {
namespace {

// A store of `jobs` fresh jobs, gone with this.
class FreshStore {
 public:
  explicit FreshStore(std::int64_t jobs) {
    std::string name = std::filesystem::temp_directory_path() / "dogged-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw Error("cannot make " + name);
    }
    directory_ = name;
    store_ = open_store(directory_ / "bench.db", IfAbsent::create);
    BatchSpec spec;
    spec.name = std::string("bench");
    spec.id_column = std::string("id");  // g++ 12 warns of a plain assignment (GCC bug 105329)
    spec.header = {spec.id_column};
    const auto session = store_->begin_import(spec);
    ImportRow row;
    for (row.row = 1; row.row <= jobs; ++row.row) {
      row.line = row.row + 1;
      row.key = std::to_string(10'000'000 + row.row);
      session->add(row);
    }
    (void)session->commit("bench");  // what it counts is known
  }
  ~FreshStore() {
    store_.reset();
    std::error_code ignored;  // a directory left in TMPDIR harms nobody
    std::filesystem::remove_all(directory_, ignored);
  }
  FreshStore(const FreshStore&) = delete;
  FreshStore& operator=(const FreshStore&) = delete;

  JobStore& store() { return *store_; }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<JobStore> store_;
};

constexpr std::int64_t kTransactions = 400;

void lease_and_settle(benchmark::State& state) {
  LoadPlan plan;
  plan.group = static_cast<int>(state.range(0));
  plan.body_bytes = static_cast<std::size_t>(state.range(1));
  FreshStore fresh((kTransactions + 2) * plan.group);
  Load load(fresh.store(), plan);
  (void)load.step();  // leases only
  std::int64_t jobs = 0;
  for (auto _ : state) {
    jobs += load.step();
  }
  state.SetItemsProcessed(jobs);
}
BENCHMARK(lease_and_settle)
    ->ArgNames({"group", "body"})
    ->ArgsProduct({{1, 16, 128}, {0, 1500}})
    ->Iterations(kTransactions)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace dogged::bench
