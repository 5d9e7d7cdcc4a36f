// SPDX-License-Identifier: MIT
#include "base/json_scan.h"

#include "base/json_document.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {
namespace {

// Behind a byte order mark a text is left to the parser, which skips the mark.
bool parse_slowly(std::string_view text, JsonDocument& document) {
  return document.parse("\xEF\xBB\xBF" + std::string(text)).ok();
}

bool is_json(std::string_view text) {
  JsonDocument document;
  return parse_slowly(text, document);
}

void check_same_document(const std::string& text) {
  INFO(text);
  JsonDocument quick;
  JsonDocument slow;
  REQUIRE(quick.parse(text).ok());
  REQUIRE(parse_slowly(text, slow));
  REQUIRE(quick.node(0).end == slow.node(0).end);
  for (JsonDocument::Index i = 0; i < quick.node(0).end; ++i) {
    const JsonDocument::Node& a = quick.node(i);
    const JsonDocument::Node& b = slow.node(i);
    REQUIRE(a.type == b.type);
    REQUIRE(a.truth == b.truth);
    REQUIRE(a.end == b.end);
    REQUIRE(a.count == b.count);
    const bool has_text =
        a.type == JsonDocument::Type::string || a.type == JsonDocument::Type::number;
    REQUIRE((!has_text || quick.text(i) == slow.text(i)));
    REQUIRE((!a.verbatim || quick.text(i) == slow.json(i)));
  }
}

// Random JSON text, with blanks and all kinds of escapes.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::string value(int depth) {
    const std::string blank = pick({"", "", " ", "\n    ", "\r\n\t"});
    std::string text = blank;
    const unsigned kind = random_() % (depth > 0 ? 8 : 6);
    if (kind < 3) {
      text += pick({"null", "true", "false", "0", "-0", "1.10", "12345678901234567890", "-2.5E+300",
                    "1e-7", "1e400"});
    } else if (kind < 6) {
      text += string();
    } else {
      const bool object = kind == 6;
      text += object ? '{' : '[';
      const unsigned n = random_() % 5;
      for (unsigned i = 0; i < n; ++i) {
        text += (i > 0 ? "," : "") + blank;
        text += object ? string() + blank + ":" : "";
        text += value(depth - 1);
      }
      text += blank + (object ? "}" : "]");
    }
    return text + blank;
  }

 private:
  std::string pick(std::initializer_list<const char*> from) {
    return *(from.begin() + random_() % from.size());
  }
  std::string string() {
    std::string text = "\"";
    for (unsigned i = random_() % 6; i > 0; --i) {
      text +=
          pick({"a", "plain words beyond sixteen bytes", "\\n", "\\\"", "\\\\", "\\/", "\\u00e4",
                "\\u20AC", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83d\\ud83d\\ude00",
                "\\u0000", "\xC3\xA4", "\xF0\x9F\x98\x80", "\\b\\f\\r\\t", "\\uffff", "\x7F"});
    }
    return text + '"';
  }

  std::minstd_rand random_;
};

TEST_CASE("a document is the same, read quickly or by the parser") {
  RandomJson random(20261122);
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = random.value(6);
    CHECK(is_surely_json(text));
    check_same_document(text);
  }
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
      check_same_document(text);
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
