// SPDX-License-Identifier: MIT
// How a command is registered, parsed and run. A command is a pair of files, NAME_command.{h,cpp}:
// the header has an options struct, `add_NAME_command(CommandLine&)` and
// `run_NAME_command(options, context)`; see version_command.cpp for a whole one.
// CLI11 stands behind command_line.cpp alone.
#pragma once

#include "base/clock.h"
#include "cli/common_options.h"
#include "cli/exit_status.h"
#include "cli/output.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

struct CommandEntry;  // command_line.cpp's

// What every command is handed. All of it outlives the run.
struct CommandContext {
  const CommonOptions& common;
  Output& out;  // stdout: results only; what is said to people goes through base/log.h to stderr
  const std::vector<std::string>& arguments;  // as typed, the command's name first
  const Clock& clock;
};

// Ends with the exit status; throws Error where it cannot go on (cli.cpp prints it and picks the
// status). Options are the command's own; the closure keeps them alive.
using CommandRun = std::function<ExitStatus(CommandContext&)>;

struct CommandInfo {
  std::string path;     // "status"; "source show" for a command below another
  std::string group;    // headline in `dogged --help`: one of group:: below
  std::string summary;  // one line, without a full stop
  std::string details;  // paragraphs for `dogged NAME --help`, or empty
  bool json = false;    // takes --json
};

namespace group {
inline constexpr char kWork[] = "The work";
inline constexpr char kInspect[] = "Look inside";
inline constexpr char kChange[] = "Change what is in the store";
}  // namespace group

// An option's line in --help: what a value is called ("N", "FILE", "DURATION"), and the meaning
// with unit and default.
struct OptionHelp {
  std::string value;
  std::string text;
};

// Which numbers an option takes. Just a number is the least.
struct NumberRange {
  // NOLINTNEXTLINE(google-explicit-constructor)
  NumberRange(std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max())
      : at_least(least), at_most(most) {}
  std::int64_t at_least, at_most;
};

// Takes in the options of one command. `names`: "-o,--output". The targets must live until the
// command has run; a target is only written where the option was given. Each wrong value is a usage
// error that names the option.
class CommandOptions {
 public:
  explicit CommandOptions(CommandEntry& entry) : entry_(entry) {}

  // The headline in --help for the options that follow.
  void group(std::string_view name) { group_ = name; }

  void flag(std::string_view names, bool& target, std::string_view help);
  void text(std::string_view names, std::string& target, const OptionHelp& help);
  void text(std::string_view names, std::optional<std::string>& target, const OptionHelp& help);
  void texts(std::string_view names, std::vector<std::string>& target,
             const OptionHelp& help);  // repeated
  void number(std::string_view names, std::int64_t& target, const NumberRange& range,
              const OptionHelp& help);
  void number(std::string_view names, std::optional<std::int64_t>& target, const NumberRange& range,
              const OptionHelp& help);
  void duration(std::string_view names, std::optional<Millis>& target, const OptionHelp& help,
                Millis least = Millis(0));
  // `take` gets the value and returns what is wrong with it, or an empty text.
  void parsed(std::string_view names, std::function<std::string(std::string_view)> take,
              const OptionHelp& help);

  // What stands without a dash. `name` as in the usage line: "FILE".
  void argument(std::string_view name, std::string& target, bool required, std::string_view help);
  void arguments(std::string_view name, std::vector<std::string>& target, bool required,
                 std::string_view help);

 private:
  CommandEntry& entry_;
  std::string group_ = "Options";
};

// All commands of the program, and the parser for them. One thread.
class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Adds a command with the common options; the caller adds its own to what is returned.
  CommandOptions add(const CommandInfo& info, CommandRun run);

  // The same for the usual case: options of type T, kept alive by the closure. shared_ptr because a
  // std::function must be copyable.
  template <typename T>
  CommandOptions add(const CommandInfo& info, std::shared_ptr<T> options,
                     ExitStatus (*run)(const T&, CommandContext&)) {
    return add(info, [options, run](CommandContext& context) { return run(*options, context); });
  }

  struct Parsed {
    CommonOptions common;
    CommandRun run;
    std::string text;  // for stdout, where there is nothing to run: --help, --version
  };
  // Throws Error(usage), with the option named and the nearest one suggested.
  Parsed parse(const std::vector<std::string>& args);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Every command of the program joins here (commands.cpp).
void add_all_commands(CommandLine& line);

}  // namespace dogged
