// SPDX-License-Identifier: MIT
#pragma once

#include "http/http_client.h"

#include <string>

namespace dogged {

// `text` with *** in place of what it holds of the request's credentials: its credential headers,
// and the values of its query. For messages that quote the server, which may send back what it was
// sent. A part of a credential is masked too where it is its beginning, of six bytes or more.
std::string without_echo(std::string text, const HttpRequest& request);

}  // namespace dogged
