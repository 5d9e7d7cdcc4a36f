// SPDX-License-Identifier: MIT
#include "http/secret_text.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace dogged {

namespace {

constexpr std::string_view kMask = "***";
constexpr std::string_view kBlanks = " \t\r\n";

// Where in a text a secret stands, and what it is called.
struct Spot {
  std::size_t begin, end;
  std::string name;
};

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 13> kEndings{
      "key",       "token",      "secret",      "password", "passwd",  "passphrase", "pwd",
      "signature", "credential", "credentials", "auth",     "session", "apikey"};
  const std::string lower = lower_case(name);
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
    return lower.size() >= ending.size() &&
           lower.compare(lower.size() - ending.size(), ending.size(), ending) == 0;
  });
}

bool is_literal(std::string_view value) {
  return !value.empty() && value.find('{') == std::string_view::npos;
}

void note(std::vector<Spot>& spots, std::string_view name, std::string_view text, std::size_t begin,
          std::size_t end) {
  if (is_secret_name(name) && is_literal(text.substr(begin, end - begin))) {
    spots.push_back({begin, end, std::string(name)});
  }
}

// "name=value&name=value" from `at` to `end`.
void find_pairs(std::string_view text, std::size_t at, std::size_t end, std::vector<Spot>& spots) {
  while (at < end) {
    const std::size_t pair_end = std::min(text.find('&', at), end);
    const std::size_t equals = text.find('=', at);
    if (equals < pair_end) {
      note(spots, text.substr(at, equals - at), text, equals + 1, pair_end);
    }
    at = pair_end + 1;
  }
}

// The quote that ends the JSON string whose first character is at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] != '"') {
    at += text[at] == '\\' ? 2 : 1;
  }
  return std::min(at, text.size());
}

std::size_t after_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kBlanks, at), text.size());
}

// "name": "value" and "name": 123, at any depth. The text need not be JSON as a whole.
void find_members(std::string_view text, std::vector<Spot>& spots) {
  for (std::size_t at = text.find('"'); at < text.size(); at = text.find('"', at)) {
    const std::size_t name_end = string_end(text, at + 1);
    const std::string_view name = text.substr(at + 1, name_end - at - 1);
    const std::size_t colon = after_blanks(text, std::min(name_end + 1, text.size()));
    at = std::min(name_end + 1, text.size());
    if (colon == text.size() || text[colon] != ':') {
      continue;
    }
    const std::size_t value = after_blanks(text, colon + 1);
    if (value == text.size()) {
      return;
    }
    if (text[value] == '"') {
      const std::size_t value_end = string_end(text, value + 1);
      note(spots, name, text, value + 1, value_end);
      at = std::min(value_end + 1, text.size());
    } else if (text[value] != '[' && text[value] != '{') {
      at = std::min(text.find_first_of(",}] \t\r\n", value), text.size());
      note(spots, name, text, value, at);
    }
  }
}

std::vector<Spot> spots_in_query(std::string_view url) {
  std::vector<Spot> spots;
  const std::size_t end = std::min(url.find('#'), url.size());
  const std::size_t query = url.find('?');
  if (query < end) {
    find_pairs(url, query + 1, end, spots);
  }
  return spots;
}

std::vector<Spot> spots_in_body(std::string_view body) {
  std::vector<Spot> spots;
  const std::size_t first = after_blanks(body, 0);
  if (first < body.size() && (body[first] == '{' || body[first] == '[')) {
    find_members(body, spots);
  } else {
    find_pairs(body, 0, body.size(), spots);
  }
  return spots;
}

// Begin and end of "user:password"; the same where there is none.
Spot userinfo(std::string_view url) {
  const std::size_t scheme = url.find("://");
  // One behind the host belongs to a value ("h/?next=http://...").
  const bool has_scheme = scheme < url.find_first_of("/?#");
  const std::size_t begin = has_scheme ? scheme + 3 : 0;
  const std::size_t host_end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.substr(0, host_end).rfind('@');
  return {begin, at == std::string_view::npos || at < begin ? begin : at, {}};
}

std::string masked(std::string_view text, const std::vector<Spot>& spots) {
  std::string shown;
  std::size_t done = 0;
  for (const Spot& spot : spots) {
    shown += text.substr(done, spot.begin - done);
    shown += kMask;
    done = spot.end;
  }
  shown += text.substr(done);
  return shown;
}

}  // namespace

std::string secret_in_query(std::string_view url) {
  const std::vector<Spot> spots = spots_in_query(url);
  return spots.empty() ? "" : spots.front().name;
}

std::string secret_in_body(std::string_view body) {
  const std::vector<Spot> spots = spots_in_body(body);
  return spots.empty() ? "" : spots.front().name;
}

bool has_userinfo(std::string_view url) {
  const Spot user = userinfo(url);
  return user.end > user.begin;
}

std::string masked_url(std::string_view url) {
  std::vector<Spot> spots = spots_in_query(url);
  if (has_userinfo(url)) {
    spots.insert(spots.begin(), userinfo(url));
  }
  return masked(url, spots);
}

std::string masked_body(std::string_view body) {
  return masked(body, spots_in_body(body));
}

}  // namespace dogged
