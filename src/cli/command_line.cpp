// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/command_entry.h"
#include "cli/option_names.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

namespace dogged {
namespace {

[[noreturn]] void wrong_value(std::string_view names, std::string_view value,
                              std::string_view fault) {
  throw Error(Fault::usage,
              fmt::format("{} '{}': {}", spoken_name(names), printable(value, 80), fault));
}

std::string number_fault(std::string_view text, const NumberRange& range, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool beyond = error == std::errc::result_out_of_range;
  if ((error != std::errc() && !beyond) || end != text.data() + text.size()) {
    return "not a whole number";
  }
  const bool low = beyond ? text.front() == '-' : number < range.at_least;
  if (low) {
    return fmt::format("must be {} or more", range.at_least);
  }
  return beyond || number > range.at_most ? fmt::format("must be {} or less", range.at_most) : "";
}

}  // namespace

// --- CommandOptions

void CommandOptions::flag(std::string_view names, bool& target, std::string_view help) {
  entry_.app->add_flag_callback(std::string(names), [&target] { target = true; });
  entry_.help.push_back({group_, help_names(names, ""), std::string(help)});
  entry_.has_options = true;
}

void CommandOptions::parsed(std::string_view names,
                            std::function<std::string(std::string_view)> take,
                            const OptionHelp& help) {
  const std::string all(names);
  entry_.app
      ->add_option_function<std::string>(all,
                                         [all, take = std::move(take)](const std::string& value) {
                                           const std::string fault = take(value);
                                           if (!fault.empty()) {
                                             wrong_value(all, value, fault);
                                           }
                                         })
      ->take_last();
  entry_.help.push_back({group_, help_names(names, help.value), help.text});
  entry_.has_options = true;
}

void CommandOptions::text(std::string_view names, std::string& target, const OptionHelp& help) {
  parsed(
      names,
      [&target](std::string_view value) {
        target = value;
        return std::string();
      },
      help);
}

void CommandOptions::text(std::string_view names, std::optional<std::string>& target,
                          const OptionHelp& help) {
  parsed(
      names,
      [&target](std::string_view value) {
        target = std::string(value);
        return std::string();
      },
      help);
}

void CommandOptions::number(std::string_view names, std::optional<std::int64_t>& target,
                            const NumberRange& range, const OptionHelp& help) {
  parsed(
      names,
      [&target, range](std::string_view value) {
        std::int64_t number = 0;
        std::string fault = number_fault(value, range, number);
        if (fault.empty()) {
          target = number;
        }
        return fault;
      },
      help);
}

void CommandOptions::number(std::string_view names, std::int64_t& target, const NumberRange& range,
                            const OptionHelp& help) {
  parsed(
      names,
      [&target, range](std::string_view value) { return number_fault(value, range, target); },
      help);
}

void CommandOptions::duration(std::string_view names, std::optional<Millis>& target,
                              const OptionHelp& help, Millis least) {
  parsed(
      names,
      [&target, least](std::string_view value) {
        const Result<Millis> duration = parse_duration(value);
        if (!duration) {
          return duration.error();
        }
        if (duration.value() < least) {
          return "must be " + format_duration(least) + " or more";
        }
        target = duration.value();
        return std::string();
      },
      help);
}

void CommandOptions::texts(std::string_view names, std::vector<std::string>& target,
                           const OptionHelp& help) {
  entry_.app
      ->add_option_function<std::vector<std::string>>(
          std::string(names),
          [&target](const std::vector<std::string>& values) { target = values; })
      ->allow_extra_args(false)  // one value each time, so that none of the arguments is swallowed
      ->take_all();
  entry_.help.push_back({group_, help_names(names, help.value), help.text});
  entry_.has_options = true;
}

void CommandOptions::argument(std::string_view name, std::string& target, bool required,
                              std::string_view help) {
  entry_.app
      ->add_option_function<std::string>(std::string(name),
                                         [&target](const std::string& value) { target = value; })
      ->required(required);
  entry_.arguments += required ? fmt::format(" {}", name) : fmt::format(" [{}]", name);
  entry_.help.push_back({"Arguments", std::string(name), std::string(help)});
}

void CommandOptions::arguments(std::string_view name, std::vector<std::string>& target,
                               bool required, std::string_view help) {
  entry_.app
      ->add_option_function<std::vector<std::string>>(
          std::string(name), [&target](const std::vector<std::string>& values) { target = values; })
      ->required(required);
  entry_.arguments += required ? fmt::format(" {}...", name) : fmt::format(" [{}...]", name);
  entry_.help.push_back({"Arguments", std::string(name) + "...", std::string(help)});
}

// --- CommandLine

struct CommandLine::State {
  CLI::App root;
  std::deque<CommandEntry> commands;  // addresses stay
  CommonOptions common;
  std::string db;
  bool help = false, version = false;

  void add_common(CommandEntry& entry);
  CLI::App& parent_of(const std::string& path, std::string& name);
  const CommandEntry* chosen() const;
  std::string chosen_group() const;
  std::string help_of(const std::vector<std::string>& command) const;
  std::vector<std::string> prepared(const std::vector<std::string>& args);
  [[noreturn]] void explain(const CLI::ParseError& error) const;
  [[noreturn]] void refuse_extra(const std::string& extra) const;
};

CommandLine::CommandLine() : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.root.set_help_flag();
  s.root.require_subcommand(0, 1);  // at most one: an argument may have the name of a command
  s.root.add_flag_callback("-h,--help", [&s] { s.help = true; });
  s.root.add_flag_callback("--version", [&s] { s.version = true; });
  s.root.add_option("--db", s.db)->take_last();
  s.root.add_flag("-q,--quiet", s.common.quiet);
  s.root.add_flag("-v,--verbose", s.common.verbose);
  s.root.add_option("--log-file", s.common.log_file)->take_last();
}

CommandLine::~CommandLine() = default;

void CommandLine::State::add_common(CommandEntry& entry) {
  CommandOptions add(entry);
  add.group("Common");
  add.text("--db", db,
           {"PATH", "The store: a file (default: DOGGED_DB, else dogged.db in this directory)"});
  if (entry.info.json) {
    add.flag("--json", common.json, "The result as JSON on stdout");
  }
  add.flag("-q,--quiet", common.quiet, "Warnings and errors only");
  add.flag("-v,--verbose", common.verbose, "Also what is of use in a search for faults");
  add.text("--log-file", common.log_file, {"FILE", "Append everything, with times, to FILE"});
  add.flag("-h,--help", help, "This text");
}

CLI::App& CommandLine::State::parent_of(const std::string& path, std::string& name) {
  const std::size_t space = path.find(' ');
  if (space == std::string::npos) {
    name = path;
    return root;
  }
  name = path.substr(space + 1);
  const std::string above = path.substr(0, space);
  const auto found =
      root.get_subcommands([&above](CLI::App* app) { return app->get_name() == above; });
  if (!found.empty()) {
    return *found.front();
  }
  CLI::App* parent = root.add_subcommand(above);
  parent->set_help_flag();
  parent->require_subcommand(1, 1);
  return *parent;
}

CommandOptions CommandLine::add(const CommandInfo& info, CommandRun run) {
  State& s = *state_;
  std::string name;
  CLI::App& parent = s.parent_of(info.path, name);
  CommandEntry& entry = s.commands.emplace_back();
  entry.info = info;
  entry.run = std::move(run);
  entry.app = parent.add_subcommand(name);
  entry.app->set_help_flag();
  s.add_common(entry);
  return CommandOptions(entry);
}

const CommandEntry* CommandLine::State::chosen() const {
  for (const CommandEntry& entry : commands) {
    if (entry.app->parsed()) {
      return &entry;
    }
  }
  return nullptr;
}

// "source", where no command below it was named; else empty.
std::string CommandLine::State::chosen_group() const {
  const std::vector<CLI::App*> parsed = root.get_subcommands();
  return chosen() == nullptr && !parsed.empty() ? parsed.front()->get_name() : "";
}

// `dogged help COMMAND`
std::string CommandLine::State::help_of(const std::vector<std::string>& command) const {
  if (command.empty()) {
    return program_help(commands);
  }
  const std::string path = fmt::format("{}", fmt::join(command, " "));
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&path](const CommandEntry& e) { return e.info.path == path; });
  if (found != commands.end()) {
    return command_help(*found);
  }
  const bool group = std::any_of(commands.begin(), commands.end(), [&path](const CommandEntry& e) {
    return e.info.path.rfind(path + " ", 0) == 0;
  });
  if (!group) {
    refuse_extra(path);
  }
  return group_help(commands, path);
}

void CommandLine::State::refuse_extra(const std::string& extra) const {
  const CommandEntry* entry = chosen();
  const std::string shown = printable(extra, 80);
  std::vector<std::string> known;
  if (entry == nullptr && extra.rfind('-', 0) != 0) {
    for (const CommandEntry& command : commands) {
      known.push_back(command.info.path);
    }
    const std::string near = nearest(extra, known);
    throw Error(Fault::usage,
                fmt::format("unknown command '{}'{}; `dogged --help` lists the commands", shown,
                            near.empty() ? "" : fmt::format(": did you mean '{}'?", near)));
  }
  const std::string of = entry == nullptr ? "dogged" : "dogged " + entry->info.path;
  if (extra.rfind('-', 0) != 0) {
    throw Error(Fault::usage,
                fmt::format("{}: what is '{}'? There is one argument too many", of, shown));
  }
  const CLI::App& app = entry == nullptr ? root : *entry->app;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      known.push_back("--" + name);
    }
  }
  const std::string near = nearest_option(extra.substr(0, extra.find('=')), known);
  throw Error(Fault::usage,
              fmt::format("{} has no option '{}'{}; `{} --help` lists them", of, shown,
                          near.empty() ? "" : fmt::format(": did you mean '{}'?", near), of));
}

void CommandLine::State::explain(const CLI::ParseError& error) const {
  // What is unknown is the likeliest cause, whatever CLI11 stumbled over first.
  const std::vector<std::string> extras = root.remaining(true);
  const auto unknown = std::find_if(extras.begin(), extras.end(),
                                    [](const std::string& e) { return e.rfind('-', 0) == 0; });
  if (unknown != extras.end()) {
    refuse_extra(*unknown);
  }
  if (!extras.empty()) {
    refuse_extra(extras.front());
  }
  const CommandEntry* entry = chosen();
  if (const std::string group = chosen_group(); !group.empty()) {
    throw Error(Fault::usage, fmt::format("dogged {}: say which of its commands; `dogged {} "
                                          "--help` tells",
                                          group, group));
  }
  const std::string of = entry == nullptr ? "dogged" : "dogged " + entry->info.path;
  std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    what.erase(std::min(what.find(": "), what.size()));
    what += " wants a value behind it";
  }
  throw Error(Fault::usage, fmt::format("{}: {}; see `{} --help`", of, what, of));
}

// The arguments in the order that CLI11 wants. Notes whether help is asked for: it is given however
// wrong the rest is.
std::vector<std::string> CommandLine::State::prepared(const std::vector<std::string>& args) {
  std::vector<std::string> reversed;
  bool options_end = false;
  for (const std::string& arg : args) {
    options_end = options_end || arg == "--";
    // CLI11 reads "--name=" as if there were no value, and takes the next argument for it.
    if (!options_end && arg.size() > 3 && arg.rfind("--", 0) == 0 &&
        arg.find('=') == arg.size() - 1) {
      reversed.push_back(arg.substr(0, arg.size() - 1));
      reversed.emplace_back();
    } else {
      reversed.push_back(arg);
    }
    help = help || (!options_end && (arg == "--help" || arg == "-h"));
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

CommandLine::Parsed CommandLine::parse(const std::vector<std::string>& args) {
  State& s = *state_;
  if (!args.empty() && args.front() == "help") {
    return {{}, {}, s.help_of({args.begin() + 1, args.end()})};
  }
  std::vector<std::string> reversed = s.prepared(args);
  try {
    s.root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (!s.help) {
      s.explain(error);
    }
  } catch (const Error&) {
    if (!s.help) {
      throw;
    }
  }
  Parsed parsed;
  const CommandEntry* entry = s.chosen();
  if (s.help) {
    const std::string group = s.chosen_group();
    parsed.text = entry != nullptr ? command_help(*entry)
                  : group.empty()  ? program_help(s.commands)
                                   : group_help(s.commands, group);
  } else if (s.version) {
    parsed.text = fmt::format("dogged {}\n", kVersion);
  } else if (entry == nullptr) {
    throw Error(Fault::usage,
                "say what to do, for example `dogged fetch ids.csv -o out.csv --url "
                "'https://host/path/{id}'`; `dogged --help` lists the commands");
  } else {
    parsed.run = entry->run;
  }
  parsed.common = s.common;
  parsed.common.db = store_location(s.db);
  return parsed;
}

}  // namespace dogged
