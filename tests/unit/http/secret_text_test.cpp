// SPDX-License-Identifier: MIT
#include "http/secret_text.h"

#include <doctest/doctest.h>

#include <string>

namespace dogged {
namespace {

TEST_CASE("credentials in a URL are masked, and nothing else of it") {
  struct Row {
    const char* url;
    const char* masked;
    const char* name;  // of the first secret in the query
  };
  for (const Row& row : {
           Row{"http://h/a?q=1&api_key=hush&x=2", "http://h/a?q=1&api_key=***&x=2", "api_key"},
           Row{"http://h/?Access_Token=hush#f", "http://h/?Access_Token=***#f", "Access_Token"},
           Row{"http://h/?key=a&secret=b", "http://h/?key=***&secret=***", "key"},
           Row{"http://h/?sig=a&signature=a=b", "http://h/?sig=a&signature=***", "signature"},
           Row{"http://h/?key={id}&token=", "http://h/?key={id}&token=", ""},
           Row{"http://h/?keyword=x&tokens=2", "http://h/?keyword=x&tokens=2", ""},
           Row{"http://h/key=a", "http://h/key=a", ""},
           Row{"http://h/#?key=a", "http://h/#?key=a", ""},
           Row{"http://u:s3cret@proxy:3128", "http://***@proxy:3128", ""},
           Row{"u:s@cret@proxy:3128/", "***@proxy:3128/", ""},
           Row{"http://h/a@b?c@d", "http://h/a@b?c@d", ""},
           Row{"h/?token=hush&next=http://u:p@h", "h/?token=***&next=http://u:p@h", "token"},
           Row{"http://h?", "http://h?", ""},
           Row{"", "", ""},
       }) {
    CAPTURE(std::string(row.url));
    CHECK(masked_url(row.url) == row.masked);
    CHECK(secret_in_query(row.url) == row.name);
  }
  CHECK(has_userinfo("http://u:p@h"));
  CHECK_FALSE(has_userinfo("http://h/@"));
}

TEST_CASE("credentials in a body are masked, in JSON and in forms") {
  struct Row {
    const char* body;
    const char* masked;
    const char* name;
  };
  for (const Row& row : {
           Row{R"({"id":"{id}","apiKey":"hush"})", R"({"id":"{id}","apiKey":"***"})", "apiKey"},
           Row{R"([{"a":{"password" : "h\"u"}}, 1])", R"([{"a":{"password" : "***"}}, 1])",
               "password"},
           Row{R"({"token":123,"x":"token"})", R"({"token":***,"x":"token"})", "token"},
           Row{R"({"token":"{id}","secret":{"a":1}})", R"({"token":"{id}","secret":{"a":1}})", ""},
           Row{R"({"keys":["a","b"],"key":["c"]})", R"({"keys":["a","b"],"key":["c"]})", ""},
           Row{"user=a&password=hush", "user=a&password=***", "password"},
           Row{"{\"token\":\"cut", "{\"token\":\"***", "token"},
           Row{"{\"token\":\"cut\\", "{\"token\":\"***", "token"},
           Row{R"({"key":a"b,"token":"hush"})", R"({"key":***,"token":"***"})", "key"},
           Row{"{\"token\"", "{\"token\"", ""},
           Row{"{\"token\":", "{\"token\":", ""},
           Row{"plain", "plain", ""},
           Row{"", "", ""},
       }) {
    CAPTURE(std::string(row.body));
    CHECK(masked_body(row.body) == row.masked);
    CHECK(secret_in_body(row.body) == row.name);
  }
}

}  // namespace
}  // namespace dogged
