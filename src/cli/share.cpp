// SPDX-License-Identifier: MIT
#include "cli/share.h"

#include <charconv>
#include <system_error>

namespace dogged {

Result<double> parse_share(std::string_view text) {
  const bool percent = !text.empty() && text.back() == '%';
  const char* const end = text.data() + text.size() - (percent ? 1 : 0);
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) {
    return Failure{"not a share: write it like 50% or 0.5"};
  }
  value = percent ? value / 100 : value;
  return value > 0 && value < 1
             ? Result<double>(value)
             : Failure{"must be above 0% and below 100%: write it like 50% or 0.5"};
}

}  // namespace dogged
