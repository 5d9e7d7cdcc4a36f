// SPDX-License-Identifier: MIT
// doomed_worker STORE NOW_MS MAX IDLE CAPS IN_FLIGHT STARTS OUTAGE: a worker that makes one
// exchange, tells what it got (its id; permits and starts; the jobs), and dies without a word. Keys
// must be without white space. CAPS is JSON.
#include "store/open_store.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  if (argc != 9) {
    std::cerr << "usage: doomed_worker STORE NOW_MS MAX IDLE CAPS IN_FLIGHT STARTS OUTAGE\n";
    return 2;
  }
  try {
    const auto store = dogged::open_store(argv[1], dogged::IfAbsent::refuse);
    const auto now = dogged::from_ms(std::strtoll(argv[2], nullptr, 10));
    dogged::LeaseRequest request;
    request.max = std::atoi(argv[3]);
    request.idle = std::atoi(argv[4]) != 0;
    request.fleet.caps = dogged::caps_from_json(argv[5]).value();
    request.fleet.in_flight = std::atoi(argv[6]);
    request.fleet.starts = std::atoi(argv[7]);
    request.fleet.outage = std::atoi(argv[8]) != 0;
    const dogged::WorkerId worker = store->start_worker(now);
    const dogged::Exchange told = store->exchange(worker, {}, request, now);
    std::cout << worker << "\n" << told.fleet.permits << " " << told.fleet.starts.count << "\n";
    for (const auto& job : told.leased) {
      std::cout << job.id << " " << job.epoch << " " << job.key << "\n";
    }
    std::cout.flush();
    ::_exit(0);  // no destructor runs
  } catch (const std::exception& error) {
    std::cerr << "doomed_worker: " << error.what() << "\n";
    return 1;
  }
}
