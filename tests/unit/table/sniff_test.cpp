// SPDX-License-Identifier: MIT
#include "table/sniff.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace dogged {
namespace {

TEST_CASE("the delimiter is the one that divides the lines alike") {
  struct Case {
    std::string_view text;
    char delimiter;
  };
  const Case cases[] = {
      {"id,name\n1,a\n", ','},
      {"id;name\n1;a\n", ';'},
      {"id\tname\n1\ta\n", '\t'},
      {"id|name\n1|a\n", '|'},
      {"id;price\n1;2,5\n2;3,1\n", ';'},
      {"1;2,5\n2;3,1\n", ';'},
      {"1;Smith, John\n2;Doe, Jane\n", ';'},
      {"id,tags\n1,a;b\n2,c;d\n", ','},
      {"id\tname\n1\tSmith, John\n2\tx;y|z\n", '\t'},
      {"id,\"a;b;c\"\n1,\"x;y;z\"\n", ','},
      {"id;\"name, title\"\n1;\"a, b\"\n", ';'},
      {"kind,id\nartists,1\nartists\n", ','},
      {"id,name\n1,Smith, John\n2,Doe, Jane\n", ','},
      {"id;name;x\n1;a\n;;\n", ';'},
      {"business_id\n0112038-9\n", ','},
      {"10.1/a;b\n10.1/c\n10.1/d\n10.1/e\n", ','},
      {"", ','},
      {"\n\n", ','},
      {"1,2\n", ','},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(sniff_delimiter(c.text, true) == c.delimiter);
  }
}

bool has_header(std::string_view text, const IdSpec& spec = {}) {
  const auto rule = make_id_rule(spec);
  REQUIRE(rule.ok());
  return sniff_header(first_records(text, true, ',', 100), spec, *rule.value());
}

TEST_CASE("a header is told from IDs by the ID rule") {
  IdSpec finnish;
  finnish.rule = "finnish-business-id";
  CHECK(has_header("business_id\n0112038-9\n", finnish));
  CHECK_FALSE(has_header("0112038-9\n2331972-7\n", finnish));
  CHECK_FALSE(has_header("Nokia,0112038-9\nX,2331972-7\n", finnish));
  CHECK_FALSE(has_header("0112038-9\n", finnish));
  CHECK(has_header("name,number\nNokia,0112038-9\n", finnish));
  IdSpec words;
  words.pattern = "\\w+";
  CHECK(has_header("id\nabc\n", words));
  words.column = "slug";
  CHECK(has_header("slug\nabc\n", words));
}

TEST_CASE("with an ID rule a damaged first ID is no header") {
  IdSpec finnish;
  finnish.rule = "finnish-business-id";
  for (const std::string cell :
       {"0112038-8", "FI01120389", "1.23E+15", "1,23E+15", "17", "N/A", "#N/A", "#REF!", "null",
        "NaN", "-", "\u2014", "0112038\u20138", "\u200B17", "0112038-8 id"}) {
    CAPTURE(cell);
    CHECK_FALSE(has_header(cell + "\n1000000-4\n1000007-1\n", finnish));
  }
  for (const std::string cell : {"0112038-8", "FI01120389", "17", "N/A"}) {
    CAPTURE(cell);
    CHECK_FALSE(has_header(cell + "\n", finnish));
    CHECK_FALSE(has_header("Nokia," + cell + "\nX,1000000-4\nY,1000007-1\n", finnish));
  }
  CHECK_FALSE(has_header("1\n2\n3\n4\n", finnish));
  CHECK_FALSE(has_header("0112038-9\nx\ny\n", finnish));
  IdSpec pattern;
  pattern.pattern = "Q[0-9]+";
  CHECK_FALSE(has_header("Q42x\nQ1\nQ2\n", pattern));
}

TEST_CASE("with an ID rule a name above the IDs is a header, whatever the other columns hold") {
  IdSpec finnish;
  finnish.rule = "finnish-business-id";
  for (const std::string cell : {"business_id", "company", "Y-tunnus", "id2", "Tunnus 2",
                                 "Y-tunnus/FO-nummer", "\u4F01\u696D", "Firma (FI)"}) {
    CAPTURE(cell);
    CHECK(has_header(cell + "\n1000000-4\n1000007-1\n", finnish));
    CHECK(has_header(cell + "\n", finnish));
    CHECK(has_header("2024,N/A," + cell + "\n1,x,1000000-4\n2,y,1000007-1\n", finnish));
  }
  CHECK(has_header(",name\n1000000-4,X\n1000007-1,Y\n", finnish));
}

TEST_CASE("without a rule a list of IDs that look alike has no header") {
  CHECK_FALSE(has_header("123\n456\n"));
  CHECK_FALSE(has_header("123\nabc\n"));
  CHECK_FALSE(has_header("Q42\nQ1\nQ7\n"));
  CHECK_FALSE(has_header("A-1\nB-22\n"));
  CHECK_FALSE(has_header("fox\nowl\nelk\n"));
  CHECK_FALSE(has_header("12345\n"));
  CHECK(has_header("id\n123\n"));
  CHECK(has_header("id\nfox\nowl\n"));
  CHECK(has_header("artist_id\nfox_1\n"));
  CHECK(has_header("tunnus\nfox\n"));
  CHECK(has_header("code\nA-1\n"));
  CHECK(has_header("title of work\n1\n2\n"));
  CHECK(has_header("name\n"));
  CHECK_FALSE(has_header(""));
}

TEST_CASE("without a rule several columns have a header") {
  CHECK(has_header("a,b\n1,2\n"));
  CHECK(has_header("1,2\n3,4\n"));
}

TEST_CASE("columns that are asked for by made names mean that there is no header") {
  IdSpec spec;
  spec.column = "column_2";
  CHECK_FALSE(has_header("1,2\n3,4\n", spec));
  spec.column = "";
  spec.key = "{column_1}/{column_2}";
  CHECK_FALSE(has_header("a,2\nb,4\n", spec));
  spec.key = "{kind}/{no}";
  CHECK(has_header("kind,no\nb,4\n", spec));
}

TEST_CASE("records of nothing but empty cells are blank") {
  for (const std::string_view text :
       {"a,b\n,\n1,2\n", "a,b\n , \t\n1,2\n", "a,b\n\"\",\n1,2\n", "a,b\n;;;\n1,2\n"}) {
    CHECK(first_records(text, true, ',', 10).size() == 2);
  }
}

TEST_CASE("a sample leaves out the record that it cuts in two") {
  CHECK(first_records("a,b\n1,\"x\n", false, ',', 10).size() == 1);
  CHECK(first_records("a,b\n1,\"x\n", true, ',', 10).size() == 2);
}

TEST_CASE("another delimiter in a lone cell shows, unless it is quoted") {
  const auto foreign = [](std::string_view line) {
    return foreign_delimiter(first_records(line, true, ',', 1).front(), ',');
  };
  CHECK(foreign("a;b\n") == ';');
  CHECK(foreign("a\tb\n") == '\t');
  CHECK(foreign("a|b\n") == '|');
  CHECK_FALSE(foreign("\"a;b\"\n"));
  CHECK_FALSE(foreign("a,b;c\n"));
  CHECK_FALSE(foreign("a b\n"));
}

TEST_CASE("JSON lines are told from other JSON and from IDs in braces") {
  CHECK(sniff_json("{\"id\":1}\n", true) == JsonLook::lines);
  CHECK(sniff_json("\n {\"id\":1}", true) == JsonLook::lines);
  CHECK(sniff_json("{bad\n", true) == JsonLook::none);
  CHECK(sniff_json("{\"bad\n{\"id\":1}\n", true) == JsonLook::lines);
  CHECK(sniff_json("[{\"id\":1}]", true) == JsonLook::other);
  CHECK(sniff_json("[\n{\"id\":1}\n]", true) == JsonLook::other);
  CHECK(sniff_json("{\n  \"id\": 1\n}\n", true) == JsonLook::other);
  CHECK(sniff_json("{550e8400-e29b}\n", true) == JsonLook::none);
  CHECK(sniff_json("[abc]\n", true) == JsonLook::none);
  CHECK(sniff_json("id\n{\"id\":1}\n", true) == JsonLook::none);
  CHECK(sniff_json("", true) == JsonLook::none);
  CHECK(sniff_json("{\"a line longer than the sample", false) == JsonLook::lines);
}

}  // namespace
}  // namespace dogged
