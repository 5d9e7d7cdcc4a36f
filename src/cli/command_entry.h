// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"

#include <deque>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dogged {

// One line of a command's --help.
struct HelpLine {
  std::string group;
  std::string left;  // "-o, --output FILE"
  std::string text;
};

// A command as the parser and the help know it.
struct CommandEntry {
  CommandInfo info;
  CommandRun run;
  CLI::App* app = nullptr;  // CLI11's, owned by its root
  std::string arguments;    // " FILE" for the usage line
  bool has_options = false;
  std::vector<HelpLine> help;
};

std::string program_help(const std::deque<CommandEntry>& commands);
std::string command_help(const CommandEntry& entry);
// Of the commands below `name`: "source" of "source show". Of a lone one its own help.
std::string group_help(const std::deque<CommandEntry>& commands, const std::string& name);

}  // namespace dogged
