// SPDX-License-Identifier: MIT
#include "tests/standin_api/options.h"
#include "tests/standin_api/server.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

int main(int argc, char** argv) {
  try {
    int exit_code = 0;
    const auto options = standin::parse_options(argc, argv, exit_code);
    if (!options) {
      return exit_code;
    }
    // Before any thread starts, so that all inherit it: the main thread alone takes the signals.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    standin::ApiServer server(*options);
    std::thread([&server] { server.serve(); }).detach();
    std::printf("listening on 127.0.0.1:%d\n", server.port());
    std::fflush(stdout);
    int signal_number = 0;
    sigwait(&ending, &signal_number);
    // Connections are idle in threads of their own and hold nothing that has to be put in order.
    std::_Exit(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "standin_api: %s\n", error.what());
    return 1;
  }
}
