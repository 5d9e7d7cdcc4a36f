// SPDX-License-Identifier: MIT
#include "cli/source_warnings.h"

#include "base/text.h"
#include "cli/source_file.h"
#include "http/secret_reference.h"
#include "http/secret_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dogged {
namespace {

// Whether the header that literal_secrets() calls `secret` came with -H.
bool is_on_the_command_line(const std::string& secret, const SourceOptions& options) {
  return std::any_of(options.headers.begin(), options.headers.end(), [&](const std::string& text) {
    return equals_ignoring_case(
        "header " + std::string(trimmed(std::string_view(text).substr(0, text.find(':')))), secret);
  });
}

std::string literal_warning(const std::string& secret, const SourceOptions& options) {
  return is_on_the_command_line(secret, options)
             ? fmt::format(
                   "{} is given as it is: it shows in the process list and must be given "
                   "again for every run, because the store does not keep it. Better: "
                   "env:NAME or file:PATH in its place",
                   secret)
             : fmt::format(
                   "{} stands in the source file as it is: whoever can read the file has "
                   "it, and --source must be given again for every run, because the store "
                   "does not keep it. Better: env:NAME or file:PATH in its place",
                   secret);
}

std::string kept_secret_warning(std::string_view where, const std::string& name,
                                bool on_the_command_line, std::string_view better) {
  return fmt::format(
      "the {} holds what looks like a secret ('{}'): {}the store keeps it, because without it "
      "another question would be asked. Better: {}",
      where, printable(name, 80), on_the_command_line ? "it shows in the process list, and " : "",
      better);
}

// "$NAME" or "${NAME}", as shells write a variable.
bool is_shell_variable(std::string_view word) {
  if (word.starts_with("${") && word.ends_with('}')) {
    word = word.substr(2, word.size() - 3);
  } else if (word.starts_with('$')) {
    word.remove_prefix(1);
  } else {
    return false;
  }
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !word.empty() && word.find_first_not_of(kName) == std::string_view::npos &&
         kDigits.find(word.front()) == std::string_view::npos;
}

bool holds_a_shell_variable(std::string_view value) {
  if (has_reference(value)) {
    return false;  // cmd: has a shell that puts them in
  }
  while (!value.empty()) {
    const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
    if (is_shell_variable(value.substr(0, end))) {
      return true;
    }
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

// The names of the headers and secrets that hold one; not what it is called: a password may look
// like one.
void warn_of_shell_variables(const Source& source, std::vector<std::string>& warnings) {
  const auto check = [&warnings](const std::string& what, const std::string& value) {
    if (holds_a_shell_variable(value)) {
      warnings.push_back(
          fmt::format("{} holds a $NAME, which is sent as it stands: nothing puts "
                      "the variable's value in its place. Did you mean env:NAME?",
                      what));
    }
  };
  for (const HeaderField& header : source.request.headers) {
    check("header " + header.name, header.value);
  }
  check("auth value", source.auth.value);
  check("auth user", source.auth.user);
  check("auth client_id", source.auth.client_id);
  check("auth client_secret", source.auth.client_secret);
}

}  // namespace

std::vector<std::string> source_warnings(const SourceOptions& options, const Source& source) {
  std::vector<std::string> warnings;
  for (const std::string& secret : literal_secrets(source)) {
    warnings.push_back(literal_warning(secret, options));
  }
  warn_of_shell_variables(source, warnings);
  if (const std::string name = secret_in_query(source.request.url); !name.empty()) {
    warnings.push_back(
        kept_secret_warning("URL", name, !options.url.empty(),
                            "[auth] type = \"query\" in a source file, with env:NAME"));
  }
  if (const std::string name = secret_in_body(source.request.body); !name.empty()) {
    warnings.push_back(kept_secret_warning("request body", name, options.body.has_value(),
                                           "a header with env:NAME, where the server takes one"));
  }
  if (options.proxy && has_userinfo(*options.proxy)) {
    warnings.emplace_back(
        "--proxy holds a user name or password, which shows in the process list. Better: the "
        "environment variables http_proxy and https_proxy");
  }
  if (options.insecure) {
    warnings.emplace_back(
        "--insecure: certificates are not verified; anybody on the way can read and change what is "
        "sent. Better: --cacert FILE");
  }
  return warnings;
}

}  // namespace dogged
