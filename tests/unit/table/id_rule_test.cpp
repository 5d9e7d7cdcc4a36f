// SPDX-License-Identifier: MIT
#include "table/id_rule.h"

#include <doctest/doctest.h>

#include <string>

namespace dogged {
namespace {

using std::string_literals::operator""s;

IdVerdict checked(const IdSpec& spec, std::string_view raw) {
  const auto rule = make_id_rule(spec);
  REQUIRE(rule.ok());
  return rule.value()->check(raw);
}

IdSpec finnish() {
  IdSpec spec;
  spec.rule = "finnish-business-id";
  return spec;
}

IdSpec pattern(const std::string& re, const std::string& rewrite = "") {
  IdSpec spec;
  spec.pattern = re;
  spec.rewrite = rewrite;
  return spec;
}

TEST_CASE("Finnish business IDs are checked and mended") {
  struct Case {
    std::string raw;
    std::string key;
    std::string mended;
  };
  const Case cases[] = {
      {"0112038-9", "0112038-9", ""},
      {"2331972-7", "2331972-7", ""},
      {"01120389", "0112038-9", "hyphen"},
      {"112038-9", "0112038-9", "leading zero"},
      {"1120389", "0112038-9", "hyphen + leading zero"},
      {" 0112038-9\t", "0112038-9", "spaces"},
      {"\u00A00112038-9\uFEFF", "0112038-9", "spaces"},
      {"0112038\u20139", "0112038-9", "hyphen"},
      {" 1120389", "0112038-9", "spaces + hyphen + leading zero"},
      {"FI01120389", "0112038-9", "VAT number"},
      {"fi 27997568", "2799756-8", "VAT number"},
      {" FI2799756-8", "2799756-8", "spaces + VAT number"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.raw);
    const IdVerdict verdict = checked(finnish(), c.raw);
    CHECK(verdict.fault == "");
    CHECK(verdict.key == c.key);
    CHECK(verdict.mended == c.mended);
  }
}

TEST_CASE("what is no Finnish business ID is a fault") {
  for (const char* const raw : {"",
                                "   ",
                                "1234567-8",
                                "0112038-8",
                                "0112038-",
                                "0112038-90",
                                "00112038-9",
                                "12038-9",
                                "-9",
                                "9",
                                "x",
                                "0112038-x",
                                "011203a-9",
                                "0000000-0",
                                "FI01120388",
                                "0112038--9",
                                "FI1120389",
                                "FI0112038-",
                                "FI",
                                "SE01120389",
                                "FIFI01120389",
                                "FI112038-9",
                                "0112038 9",
                                "business_id",
                                "1120389.0",
                                "1.12E+06",
                                "0112038-9,",
                                "11111111111111111111"}) {
    CAPTURE(raw);
    const IdVerdict verdict = checked(finnish(), raw);
    CHECK(verdict.fault != "");
    CHECK(verdict.key == "");
    CHECK(check_finnish_business_id(raw).fault != "");
  }
}

TEST_CASE("every seven digits have at most one check digit") {
  int impossible = 0;
  for (int n = 1'000'000; n < 1'002'000; ++n) {
    int right = 0;
    for (int digit = 0; digit < 10; ++digit) {
      const std::string id = std::to_string(n) + "-" + std::to_string(digit);
      right += check_finnish_business_id(id).fault.empty() ? 1 : 0;
    }
    CHECK(right <= 1);
    impossible += right == 0 ? 1 : 0;
  }
  CHECK(impossible > 150);  // one in eleven: a remainder of 1
  CHECK(impossible < 210);
}

TEST_CASE("without a rule an ID is what stands there, without the space around it") {
  CHECK(checked({}, "Q42").key == "Q42");
  CHECK(checked({}, "  a b ").key == "a b");
  CHECK(checked({}, "  a b ").mended == "spaces");
  CHECK(checked({}, "a/ä?#%").key == "a/ä?#%");
  CHECK(checked({}, "74095e73").key == "74095e73");  // hexadecimal, not damaged
  CHECK(checked({}, "1.2.0").key == "1.2.0");
  CHECK(checked({}, "1.5").key == "1.5");
  CHECK(checked({}, "e+15").key == "e+15");
  CHECK(checked({}, "007").key == "007");
  CHECK(checked({}, std::string(1024, 'x')).fault == "");
}

TEST_CASE("damaged and impossible IDs are faults under every rule") {
  const std::string raws[] = {
      "",        " \u00A0 ", "1.23E+15", "1,23E+15", "1E+15",   "-1.5e-7",
      "1.23e15", "a\nb",     "a\rb",     "a\0b"s,    "a\x7F",   "a\u0085b",
      "\xFF",    "a\uFFFD",  "#N/A",     "#REF!",    "\x1B[1m", std::string(1025, 'x')};
  for (const std::string& raw : raws) {
    CAPTURE(raw);
    CHECK(checked({}, raw).fault != "");
    CHECK(checked({}, raw).key == "");
    CHECK(checked(pattern("(?s).*"), raw).fault != "");
  }
}

TEST_CASE("an ID with a decimal part was taken for a number, unless the pattern says otherwise") {
  for (const char* const raw : {"12345.0", "12345,0", "7.00"}) {
    CAPTURE(raw);
    CHECK(checked({}, raw).fault.find("decimal") != std::string::npos);
    CHECK(checked(pattern("\\d+"), raw).fault.find("decimal") != std::string::npos);
    CHECK(checked(pattern("[\\d.,]+"), raw).key == raw);
  }
}

TEST_CASE("a pattern must match the whole ID") {
  CHECK(checked(pattern("\\d{8}"), "12345678").key == "12345678");
  CHECK(checked(pattern("^\\d{8}$"), "12345678").key == "12345678");
  CHECK(checked(pattern("a|bc"), "bc").key == "bc");
  for (const char* const raw : {"123456789", "x12345678", "1234567"}) {
    CHECK(checked(pattern("\\d{8}"), raw).fault == "the ID does not match the pattern \\d{8}");
  }
  CHECK(checked(pattern("a|b"), "ab").fault != "");
  CHECK(checked(pattern("a|\\Qb.c"), "b.c").key == "b.c");  // a quotation may stay open
  CHECK(checked(pattern("a|\\Qb.c"), "b.cd").fault != "");
}

TEST_CASE("a rewrite mends what the pattern matched") {
  const IdSpec spec = pattern("(\\d{7})-?(\\d)", "\\1-\\2");
  CHECK(checked(spec, "01120389").key == "0112038-9");
  CHECK(checked(spec, "01120389").mended == "rewritten");
  CHECK(checked(spec, " 01120389").mended == "spaces + rewritten");
  CHECK(checked(spec, "0112038-9").mended == "");
  CHECK(checked(pattern("x(\\d*)", "\\1"), "x").fault != "");
  CHECK(checked(pattern("(.*)x", "\\1"), "a x").key == "a");
}

TEST_CASE("rules that make no sense are refused with the reason") {
  IdSpec both = finnish();
  both.pattern = "x";
  IdSpec lone_rewrite;
  lone_rewrite.rewrite = "x";
  IdSpec unknown;
  unknown.rule = "finnish";
  for (const IdSpec& spec : {both, lone_rewrite, unknown, pattern("("), pattern("a)(b"),
                             pattern("a", "\\1"), pattern("a", "\\")}) {
    const auto rule = make_id_rule(spec);
    REQUIRE_FALSE(rule);
    CHECK(rule.error() != "");
  }
}

}  // namespace
}  // namespace dogged
