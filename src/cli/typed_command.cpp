// SPDX-License-Identifier: MIT
#include "cli/typed_command.h"

#include "base/text.h"
#include "cli/common_options.h"
#include "http/secret_reference.h"
#include "http/secret_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace dogged {
namespace {

std::string shown_header(std::string_view header) {
  const std::size_t colon = header.find(':');
  const bool secret = colon != std::string_view::npos &&
                      is_credential_header(header.substr(0, colon)) &&
                      !has_reference(trimmed(header.substr(colon + 1)));
  return secret ? std::string(header.substr(0, colon)) + ": ***" : std::string(header);
}

// The options whose values may hold a secret, and how such a value is shown.
struct Hidden {
  std::string_view short_name, long_name;
  std::string (*shown)(std::string_view value);
};
constexpr Hidden kHidden[] = {{"-H", "--header", shown_header},
                              {"-d", "--data", masked_body},
                              {"", "--url", masked_url},
                              {"", "--proxy", masked_url}};

// The option that `argument` is, its value being the next one.
const Hidden* hidden_option(std::string_view argument) {
  const auto* const found =
      std::find_if(std::begin(kHidden), std::end(kHidden), [&](const auto& o) {
        return argument == o.long_name || (!argument.empty() && argument == o.short_name);
      });
  return found == std::end(kHidden) ? nullptr : found;
}

// The option that `argument` begins with, its value being the rest: "--url=X", "-HX".
const Hidden* attached_option(std::string_view argument) {
  const auto* const found =
      std::find_if(std::begin(kHidden), std::end(kHidden), [&](const auto& o) {
        const std::size_t length = o.long_name.size();
        return (argument.substr(0, length) == o.long_name && argument.substr(length, 1) == "=") ||
               (!o.short_name.empty() && argument.substr(0, o.short_name.size()) == o.short_name);
      });
  return found == std::end(kHidden) ? nullptr : found;
}

// "-H Authorization", "--url".
std::string place_of(const Hidden& option, std::string_view value) {
  if (option.shown != shown_header) {
    return std::string(option.long_name);
  }
  return fmt::format("{} {}", option.short_name, printable(value.substr(0, value.find(':')), 80));
}

// `value` of `option` as it may be shown; notes where that is not all of it.
std::string shown_value(const Hidden& option, std::string_view value, TypedCommand& command) {
  std::string shown = option.shown(value);
  if (shown != value) {
    command.hidden.push_back(place_of(option, value));
  }
  return shown;
}

}  // namespace

TypedCommand typed_command(const std::vector<std::string>& arguments) {
  TypedCommand command{"dogged", {}};
  const Hidden* hide = nullptr;  // the option before, whose value this is
  for (const std::string& argument : arguments) {
    if (hide != nullptr) {
      command.text += ' ' + shell_word(shown_value(*hide, argument, command));
      hide = nullptr;
      continue;
    }
    hide = hidden_option(argument);
    const Hidden* attached = hide == nullptr ? attached_option(argument) : nullptr;
    if (attached == nullptr) {
      command.text += ' ' + shell_word(argument);
      continue;
    }
    const std::size_t value =
        argument[1] == '-' ? argument.find('=') + 1 : attached->short_name.size();
    command.text += ' ' + shell_word(argument.substr(0, value) +
                                     shown_value(*attached, argument.substr(value), command));
  }
  return command;
}

std::string hidden_note(const TypedCommand& command) {
  const auto is_header = [](const std::string& place) { return place.substr(0, 2) == "-H"; };
  const bool headers = std::any_of(command.hidden.begin(), command.hidden.end(), is_header);
  return fmt::format("(*** stands for the secret of {}: give it again{})",
                     fmt::join(command.hidden, " and of "),
                     headers ? ", best as env:NAME or file:PATH, which is shown" : "");
}

}  // namespace dogged
