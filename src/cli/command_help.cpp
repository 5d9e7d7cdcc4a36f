// SPDX-License-Identifier: MIT
#include "cli/command_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dogged {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 30;  // where meanings begin

// Appends `text` broken at blanks, with every line but the first behind `indent` blanks. `column`:
// where the first line begins.
void append_wrapped(std::string& out, std::string_view text, std::size_t column,
                    std::size_t indent) {
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (column + 1 + word.size() > kWidth && column > indent) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

// Paragraphs are wrapped. A line that begins with a blank, as examples do, stays as it is.
void append_details(std::string& out, std::string_view details) {
  while (!details.empty()) {
    const std::size_t end = details.find('\n');
    const std::string_view line = details.substr(0, end);
    if (!line.empty() && line.front() == ' ') {
      out += line;
      out += '\n';
    } else {
      append_wrapped(out, line, 0, 0);
    }
    details.remove_prefix(end == std::string_view::npos ? details.size() : end + 1);
  }
}

void append_line(std::string& out, std::string_view left, std::string_view text) {
  out += "  ";
  out += left;
  std::size_t column = 2 + left.size();
  if (column + 2 > kIndent) {
    out += '\n';
    column = 0;
  }
  out.append(kIndent - column, ' ');
  append_wrapped(out, text, kIndent, kIndent);
}

void append_groups(std::string& out, const std::vector<HelpLine>& lines) {
  std::vector<std::string_view> groups;
  for (const HelpLine& line : lines) {
    if (std::find(groups.begin(), groups.end(), line.group) == groups.end()) {
      groups.emplace_back(line.group);
    }
  }
  // What every command has comes last.
  std::stable_partition(groups.begin(), groups.end(),
                        [](std::string_view name) { return name != "Common"; });
  for (const std::string_view name : groups) {
    out += fmt::format("\n{}:\n", name);
    for (const HelpLine& line : lines) {
      if (line.group == name) {
        append_line(out, line.left, line.text);
      }
    }
  }
}

constexpr char kStatuses[] = R"(
Exit status:
  0 done                          4 work is left for later (the time to come back is printed)
  1 error                         5 stopped by a systemic fault or --max-errors
  2 usage or configuration        6 store unavailable, disk full or under 100 MB free
  3 done, but rows failed or were rejected
  130 interrupted, resumable      141 the reader of stdout went away (`dogged list | head`)
)";

}  // namespace

std::string program_help(const std::deque<CommandEntry>& commands) {
  std::string out =
      "dogged fetches the JSON answer for every ID of a list from a slow, rate limited API, keeps\n"
      "what it has got through any interruption, and gives back a CSV.\n"
      "\nUsage: dogged COMMAND [OPTIONS]\n"
      "       dogged fetch ids.csv -o out.csv --url 'https://host/path/{id}'\n";
  std::vector<HelpLine> lines;
  lines.reserve(commands.size());
  for (const CommandEntry& entry : commands) {
    lines.push_back({entry.info.group, entry.info.path + entry.arguments, entry.info.summary});
  }
  append_groups(out, lines);
  out += "\nOptions:\n";
  append_line(out, "--help", "This text; after a command, its options (also: dogged help COMMAND)");
  append_line(out, "--version", "The version of this program");
  return out + kStatuses;
}

std::string group_help(const std::deque<CommandEntry>& commands, const std::string& name) {
  std::vector<const CommandEntry*> below;
  for (const CommandEntry& entry : commands) {
    if (entry.info.path.rfind(name + " ", 0) == 0) {
      below.push_back(&entry);
    }
  }
  if (below.size() == 1) {
    return command_help(*below.front());
  }
  std::vector<HelpLine> lines;
  lines.reserve(below.size());
  for (const CommandEntry* entry : below) {
    lines.push_back({"Commands", entry->info.path + entry->arguments, entry->info.summary});
  }
  std::string out = "Usage: dogged " + name + " COMMAND [OPTIONS]\n";
  append_groups(out, lines);
  return out;
}

std::string command_help(const CommandEntry& entry) {
  std::string out = entry.info.summary + "\n\nUsage: dogged " + entry.info.path +
                    (entry.has_options ? " [OPTIONS]" : "") + entry.arguments + "\n";
  if (!entry.info.details.empty()) {
    out += '\n';
    append_details(out, entry.info.details);
  }
  append_groups(out, entry.help);
  return out;
}

}  // namespace dogged
