// SPDX-License-Identifier: MIT
#include "http/echoed_secrets.h"

#include "http/redirect.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace dogged {

namespace {

// A shorter text is no credential, and may stand anywhere.
constexpr std::size_t kLeast = 6;

void mask(std::string& text, std::string_view secret) {
  if (secret.size() < kLeast) {
    return;
  }
  std::size_t at = 0;
  while ((at = text.find(secret.substr(0, kLeast), at)) != std::string::npos) {
    std::size_t length = kLeast;
    while (length < secret.size() && at + length < text.size() &&
           text[at + length] == secret[length]) {
      ++length;
    }
    text.replace(at, length, "***");
    at += 3;
  }
}

// "Bearer SECRET" is a secret from its second word on; the first may stand in any message.
std::string_view without_scheme(std::string_view value) {
  const std::size_t blank = value.find(' ');
  return blank == std::string_view::npos ? value : value.substr(blank + 1);
}

void mask_query(std::string& text, std::string_view url) {
  const std::size_t begin = url.find('?');
  std::string_view rest = begin == std::string_view::npos ? "" : url.substr(begin + 1);
  while (!rest.empty()) {
    const std::string_view field = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const std::size_t equals = field.find('=');
    mask(text, equals == std::string_view::npos ? field : field.substr(equals + 1));
  }
}

}  // namespace

std::string without_echo(std::string text, const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    if (stays_behind(header, request.credential_headers)) {
      mask(text, without_scheme(header.value));
    }
  }
  mask_query(text, request.url);
  return text;
}

}  // namespace dogged
