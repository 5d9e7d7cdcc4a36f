// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dogged {

// The reason phrase of an HTTP status as RFC 9110 (and 6585) names it; empty where it is not known.
// The server's own phrase is not used: it may be anything.
std::string_view reason_phrase(int status);

// "HTTP 503 Service Unavailable"; "HTTP 599" where the status has no name.
std::string status_text(int status);

}  // namespace dogged
