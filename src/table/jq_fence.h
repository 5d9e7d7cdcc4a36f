// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace dogged {

// The user's filter as the program that jq is given, in which it reaches nothing but the answer.
std::string fenced(const std::string& filter);

// What jq says of such a program, without what only its own command line explains:
// "jq: error: foo/0 is not defined at <top-level>, line 1:\n<the program>" -> "foo/0 is not
// defined".
std::string bare_message(std::string message);

// jq loads $HOME/.jq into every program where there is one, and has no switch against it. What an
// export makes may not depend on that file: while this lives there is no HOME. Filters are compiled
// on the main thread, before a run's threads start and after they have ended.
class WithoutHome {
 public:
  WithoutHome();
  ~WithoutHome();
  WithoutHome(const WithoutHome&) = delete;
  WithoutHome& operator=(const WithoutHome&) = delete;

 private:
  std::optional<std::string> home_;
};

}  // namespace dogged
