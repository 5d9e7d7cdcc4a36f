// SPDX-License-Identifier: MIT
// store_load STORE JOBS [--group N] [--body BYTES] [--failed]: claims and settles JOBS jobs of a
// store, in groups, with an answer of BYTES bytes each, or failed; prints as JSON how long that
// took.
#include "base/error.h"
#include "store/open_store.h"
#include "tests/bench/load.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::bench {
namespace {

double cpu_seconds() {
  rusage usage{};
  (void)getrusage(RUSAGE_SELF, &usage);  // cannot fail for oneself
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Command {
  std::string store;
  LoadPlan plan;
};

Command parse(const std::vector<std::string>& words) {
  const Error usage(Fault::usage,
                    "usage: store_load STORE JOBS [--group N] [--body BYTES] [--failed]");
  if (words.size() < 2) {
    throw usage;
  }
  Command command{words[0], {}};
  command.plan.jobs = std::stoll(words[1]);
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "--failed") {
      command.plan.ending = Ending::failed;
    } else if (words[i] == "--group" && i + 1 < words.size()) {
      command.plan.group = std::stoi(words[++i]);
    } else if (words[i] == "--body" && i + 1 < words.size()) {
      command.plan.body_bytes = std::stoul(words[++i]);
    } else {
      throw usage;
    }
  }
  return command;
}

int run(const Command& command) {
  const auto store = open_store(command.store, IfAbsent::refuse);
  std::int64_t settled = 0;
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  {
    Load load(*store, command.plan);
    settled = load.run();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::printf("{\"jobs\": %lld, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n",
              static_cast<long long>(settled), wall.count(), cpu_seconds() - cpu);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace dogged::bench

int main(int count, char** words) {
  try {
    return dogged::bench::run(dogged::bench::parse({words + 1, words + count}));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "store_load: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
