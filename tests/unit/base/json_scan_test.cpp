// SPDX-License-Identifier: MIT
#include "base/json_scan.h"

#include "base/json_document.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace dogged {
namespace {

bool is_json(std::string_view text) {
  return JsonDocument().parse(text).ok();
}

TEST_CASE("what APIs answer is told at once, without the parser") {
  const std::vector<std::string> texts = {
      "{}",
      " [ ] ",
      "\t-0.10\r\n",
      "0",
      "1e400",
      R"([true,false,null,"",{"":{}},[[]],1E+2,-0])",
      R"({"a" : [1 , {"b":[]}] , "c":{"d":"\u00e4\ud83d\\\"\/\b"}})",
      "{\n                                \"indented\": 1\n                    }",
      "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 and a text of more than sixteen bytes\x7F\"",
      std::string(64, '[') + std::string(64, ']'),
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(is_surely_json(text));
  }
}

TEST_CASE("what is unusual is left to the parser, and is JSON all the same") {
  for (const std::string& text :
       {"\xEF\xBB\xBF{}" + std::string(), std::string(65, '[') + std::string(65, ']')}) {
    CAPTURE(text);
    CHECK_FALSE(is_surely_json(text));
    CHECK(json_fault(text).empty());
  }
}

// Each byte of some texts becomes each other one, is left out, or is the last: the quick look must
// never say yes to what the parser refuses.
TEST_CASE("nothing is surely JSON that the parser refuses") {
  const std::vector<std::string> texts = {
      R"({"a":[1,-2.5e+3,0],"b":"x\ny","c":{"d":true,"e":null}})",
      "[\"0123456789abcdef0123456789 \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\",\"\\u12aF\"]",
      "{\"k\" :\n                    [ false , [ ] , { } ]\r\n}\t",
      "\"\xE0\xA0\x80\xED\x9F\xBF\xF4\x8F\xBF\xBF\"",
  };
  std::size_t yes = 0;
  const auto compare = [&](const std::string& text) {
    if (is_surely_json(text)) {
      ++yes;
      INFO(text);
      CHECK(is_json(text));
    } else if (is_json(text)) {
      INFO(text);
      CHECK(text.empty());  // only what the case above names is left to the parser
    }
  };
  for (const std::string& text : texts) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = text;
        changed[at] = static_cast<char>(byte);
        compare(changed);
      }
      std::string shorter = text;
      compare(shorter.erase(at, 1));
      compare(text.substr(0, at));
    }
  }
  CHECK(yes > 1'000);
}

}  // namespace
}  // namespace dogged
