// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace dogged {

// A command line for people to paste, with *** in place of every literal secret.
struct TypedCommand {
  std::string text;                 // quoted for a shell
  std::vector<std::string> hidden;  // where *** stands: "-H Authorization", "--url"
};

// What was typed, from the arguments behind the program's name.
TypedCommand typed_command(const std::vector<std::string>& arguments);

// What the one who pastes a command with hidden values must do.
std::string hidden_note(const TypedCommand& command);

}  // namespace dogged
