// SPDX-License-Identifier: MIT
#include "table/jq_words.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

TEST_CASE("filters that make text of numbers are told by their words") {
  for (const char* filter : {".p|tostring", ".p | tojson", "@text", ".|@csv", R"jq("\(.p) EUR")jq",
                             R"jq([.a] | join(","))jq", R"jq("a" + "x\(.a)")jq"}) {
    CAPTURE(filter);
    CHECK(jq_uses(filter).printing);
  }
  for (const char* filter : {".p", ".tostring", "{tojson: .a}", R"("tostring")", R"("\\(x")",
                             ". # tostring", "$tostring", ".a.join"}) {
    CAPTURE(filter);
    CHECK_FALSE(jq_uses(filter).printing);
  }
}

TEST_CASE("filters that compare and count are told by their signs and words") {
  for (const char* filter :
       {".n < 5000", ".n>=1", ".n == 5", ".n != .m", ".n + 1", ".n - 1", ".n-1", ".n*2", ".n/2",
        ".n % 2", "[.[].n]|max", "sort_by(.n)", R"("x\(.n + 1)y")", ".n += 1", "5000 > .n",
        "(.n) - 1", R"jq("\((.a) | .b) \(.n < 1)")jq", "1e-5 < .n"}) {
    CAPTURE(filter);
    CHECK(jq_uses(filter).counting);
  }
  for (const char* filter :
       {".n", R"(.kind == "a")", R"("a" == .kind)", ".a // .b", ".a != null", ".a == true", ".[-1]",
        R"(.a + "<b>")", ".length", "{max: .a}", ".a = .b", ".a |= .b", "-1", "1e-5", ".a?//.b",
        R"("a < b")", "map(.a) # 1 < 2", R"(.["a-b"])", R"jq("\(.a)" + "b")jq"}) {
    CAPTURE(filter);
    CHECK_FALSE(jq_uses(filter).counting);
  }
}

TEST_CASE("a text that is no filter is read to its end") {
  for (const char* filter : {"", "\"", "\"\\", "\"\\(", "\"\\(\"", "#", "-", "1e", ")", "<"}) {
    CAPTURE(filter);
    CHECK_NOTHROW(jq_uses(filter));
  }
}

}  // namespace
}  // namespace dogged
