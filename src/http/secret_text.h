// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dogged {

// What stands literally in URLs and request bodies and looks like a credential: the values of
// fields (parameters of a query or a form, members of JSON) whose names end in "key", "token",
// "secret", "password", "signature" or the like. A value with a {placeholder} is none. Never throws
// on any input.

// The name of the first such field; empty where there is none.
std::string secret_in_query(std::string_view url);
std::string secret_in_body(std::string_view body);
// Whether "user:password@" stands before the host. The scheme may be missing.
bool has_userinfo(std::string_view url);

// The same text with *** in place of all such values, and of user and password in the URL.
std::string masked_url(std::string_view url);
std::string masked_body(std::string_view body);

}  // namespace dogged
