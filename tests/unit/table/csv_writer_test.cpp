// SPDX-License-Identifier: MIT
#include "table/csv_writer.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace dogged {
namespace {

using Kind = ExportCell::Kind;

std::string csv(std::string_view text, char delimiter = ',') {
  std::string out;
  append_csv_cell(out, text, delimiter);
  return out;
}

std::string excel(std::string_view text, Kind kind = Kind::text, char delimiter = ';') {
  std::string scratch;
  return std::string(excel_text({kind, text}, delimiter, scratch));
}

TEST_CASE("cells are quoted where RFC 4180 asks for it") {
  CHECK(csv("") == "");
  CHECK(csv("a b;c\t'd'") == "a b;c\t'd'");
  CHECK(csv("a,b") == "\"a,b\"");
  CHECK(csv("a;b", ';') == "\"a;b\"");
  CHECK(csv("a,b", ';') == "a,b");
  CHECK(csv("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(csv("\"") == "\"\"\"\"");
  CHECK(csv("a\nb") == "\"a\nb\"");
  CHECK(csv("a\r") == "\"a\r\"");
  CHECK(csv(" ") == " ");
}

TEST_CASE("quotes are doubled wherever they stand in a text of any length") {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const unsigned rare = 1U + random() % 20;
    std::string text(random() % 150, 'x');
    std::string wanted = "\"";
    for (char& c : text) {
      c = random() % rare == 0 ? '"' : static_cast<char>('a' + random() % 26);
      wanted += c == '"' ? "\"\"" : std::string(1, c);
    }
    text += ',';
    wanted += ",\"";
    std::string out = "before";
    append_csv_cell(out, text, ',');
    REQUIRE(out == "before" + wanted);
  }
}

TEST_CASE("text that Excel would change or run becomes a formula of itself") {
  for (const std::string_view text : {"=1+1",
                                      "+358401234567",
                                      "-cmd",
                                      "@SUM(A1)",
                                      "\tx",
                                      "00123",
                                      "007",
                                      "0123456789012345",
                                      "1234567890123456",
                                      "12E3",
                                      "1e-5",
                                      "-01",
                                      "1.10",
                                      "31.12",
                                      "=HYPERLINK(x)",
                                      "-1+2",
                                      "\uFF1D1+1",
                                      "\uFF0Bx",
                                      "\uFF0Dx",
                                      "\uFF20x"}) {
    CAPTURE(text);
    CHECK(excel(text) == "=\"" + std::string(text) + "\"");
  }
  CHECK(excel("=\"x\"") == "=\"=\"\"x\"\"\"");
}

TEST_CASE("text that Excel shows as it is stays as it is") {
  for (const std::string_view text :
       {"", "0", "123456789012345", "-5", "1,10", "-0,5", "0112038-9", "2016-12-20", "31.12.2026",
        "Nokia Oyj", "a=b", "1 2", "E5", "5E", "2026-11-22T14:05:10.000Z", "'x", "."}) {
    CAPTURE(text);
    CHECK(excel(text) == text);
  }
}

TEST_CASE("text that Excel takes for a date, a time, a fraction or a truth value stays text") {
  for (const std::string_view text :
       {"1-12",     "12-1",  "31-12",    "2/3",    "5-67",   "12/2026", "2026-11",   "1/2/26",
        "1-2-3",    "1 1/2", "1:30",     "16:9",   "100:00", "1:30:05", "1:30:05.5", "1:30 PM",
        "5 pm",     "MAR1",  "SEP-2",    "sept-2", "2-Sep",  "1SEP",    "Dec 5",     "March10",
        "5 Dec 26", "OCT/4", "may 2026", "TRUE",   "false",  " 1-2 "}) {
    CAPTURE(text);
    CHECK(excel(text, Kind::text, ',') == "=\"" + std::string(text) + "\"");
    CHECK(excel(text, Kind::text, ';') == "=\"" + std::string(text) + "\"");
  }
  for (const std::string_view text : {"1.2.3", "1.2.26", "1.2."}) {
    CAPTURE(text);
    CHECK(excel(text, Kind::text, ';') == "=\"" + std::string(text) + "\"");
    CHECK(excel(text, Kind::text, ',') == text);
  }
  for (const std::string_view text : {"2026-11-22",  "31.12.2026", "12/31/2026", "2026-11-22 14:05",
                                      "45-67",       "1234-5",     "1-123",      "1-2-3-4",
                                      "12345:10",    "a1-2",       "MARS1",      "Mar",
                                      "May be",      "MAR12345",   "1.2.3.4",    "truth",
                                      "192.168.1.1", "a:b",        "1:",         ":30",
                                      "1/",          "13/13"}) {
    CAPTURE(text);
    CHECK(excel(text, Kind::text, ',') == text);
    CHECK(excel(text, Kind::text, ';') == text);
  }
  CHECK(excel("true", Kind::json, ',') == "true");
}

TEST_CASE("the decimal mark goes with the delimiter") {
  CHECK(excel("1.10", Kind::text, ',') == "1.10");
  CHECK(excel("1,10", Kind::text, ',') == "=\"1,10\"");
  CHECK(excel("1.10", Kind::number, ';') == "1,10");
  CHECK(excel("1.10", Kind::number, ',') == "1.10");
  CHECK(excel("-1.5e10", Kind::number, ';') == "-1,5e10");
  CHECK(excel("12", Kind::number, ';') == "12");
  CHECK(excel("12345678901234567890", Kind::number, ';') == "=\"12345678901234567890\"");
  CHECK(excel("3.141592653589793238", Kind::number, ';') == "=\"3.141592653589793238\"");
}

TEST_CASE("text too long for a string constant gets an apostrophe where it could run") {
  const std::string longest(254, 'a');
  CHECK(excel("=" + longest) == "=\"=" + longest + "\"");
  CHECK(excel("=a" + longest) == "'=a" + longest);
  CHECK(excel("=a\nb") == "'=a\nb");
  CHECK(excel("\n=a") == "'\n=a");
  CHECK(excel("\r=a") == "'\r=a");
  CHECK(excel("aa" + longest) == "aa" + longest);
}

}  // namespace
}  // namespace dogged
