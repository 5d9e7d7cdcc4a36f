// SPDX-License-Identifier: MIT
// doomed_worker STORE MAX IDLE NOW_MS: a worker that leases, tells what it got, and dies without a
// word. Keys must be without white space.
#include "store/open_store.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: doomed_worker STORE MAX IDLE NOW_MS\n";
    return 2;
  }
  try {
    const auto store = dogged::open_store(argv[1], dogged::IfAbsent::refuse);
    const auto now = dogged::from_ms(std::strtoll(argv[4], nullptr, 10));
    const dogged::LeaseRequest request{std::atoi(argv[2]), std::atoi(argv[3]) != 0};
    const dogged::WorkerId worker = store->start_worker(now);
    std::cout << worker << "\n";
    for (const auto& job : store->exchange(worker, {}, request, now).leased) {
      std::cout << job.id << " " << job.epoch << " " << job.key << "\n";
    }
    std::cout.flush();
    ::_exit(0);  // no destructor runs
  } catch (const std::exception& error) {
    std::cerr << "doomed_worker: " << error.what() << "\n";
    return 1;
  }
}
