// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace standin {

// What the whole API is doing wrong.
enum class Mode { normal, unauthorized, wrong_path, login_page, same_body, key_expires };

// How the stand-in behaves. Shares are 0..1 and are decided by a hash of the ID, so that the same
// IDs are slow, reset or missing in every run.
struct Options {
  int port = 0;                      // 0: the system chooses
  int at_once = 0;                   // requests in work; more get 503; 0: no limit
  double rate = 0;                   // requests a second; more get 429; 0: no limit
  double burst = 10;                 // how many may come at once after a pause, with rate
  std::optional<int> retry_after_s;  // sent with 429
  std::chrono::milliseconds delay{0};
  double slow_share = 0;
  std::chrono::milliseconds slow_delay{2000};
  double reset_share = 0;    // the first request for such an ID is reset
  double error_share = 0;    // ... gets 500
  double missing_share = 0;  // such IDs are not in the register
  std::string log;           // file; empty: none
  Mode mode = Mode::normal;
  std::int64_t expires_after = 0;  // with key_expires: how many requests the key is good for
  bool gzip = false;
};

// Nothing where the program should end with `exit_code`: --help, or a mistake (told on stderr).
std::optional<Options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace standin
