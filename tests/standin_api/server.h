// SPDX-License-Identifier: MIT
#pragma once

#include "tests/standin_api/options.h"

#include <memory>

namespace standin {

// The API on 127.0.0.1, a thread for each connection, kept alive as long as the client likes.
class ApiServer {
 public:
  // Throws std::runtime_error where the port or the log cannot be had.
  explicit ApiServer(const Options& options);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  int port() const;
  void serve();  // blocks; answers until the process ends

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace standin
