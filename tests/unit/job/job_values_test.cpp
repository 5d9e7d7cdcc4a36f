// SPDX-License-Identifier: MIT
#include "job/job_values.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

TEST_CASE("the key and the ID column are the mended key, not the raw cell") {
  const JobValues values{"0112038-9", R"({"business_id":"1120389","name":"Nokia"})", "business_id"};
  CHECK(job_value(values, "key") == "0112038-9");
  CHECK(job_value(values, "business_id") == "0112038-9");
  CHECK(job_value(values, "id") == "0112038-9");
  CHECK(job_value(values, "name") == "Nokia");
  CHECK_FALSE(job_value(values, "Name"));
}

TEST_CASE("a row that is just its key has the key and nothing else") {
  const JobValues values{"7", "", "number"};
  CHECK(job_value(values, "id") == "7");
  CHECK(job_value(values, "number") == "7");
  CHECK(job_value(values, "key") == "7");
  CHECK_FALSE(job_value(values, "kind"));
}

TEST_CASE("of a key template the columns stay columns") {
  const JobValues values{"artists/7", R"({"kind":"artists","id":" 7 ","key":"x"})", ""};
  CHECK(job_value(values, "key") == "artists/7");
  CHECK(job_value(values, "kind") == "artists");
  CHECK(job_value(values, "id") == "7");
  CHECK_FALSE(job_value(values, ""));
}

TEST_CASE("values of any JSON type become text, numbers with their digits") {
  const JobValues values{
      "k",
      R"({"n":12345678901234567890,"d":1.10,"t":true,"f":false,"z":null,"a":[1,{"b":2}],"x":1,"x":2})",
      "id"};
  CHECK(job_value(values, "n") == "12345678901234567890");
  CHECK(job_value(values, "d") == "1.10");
  CHECK(job_value(values, "t") == "true");
  CHECK(job_value(values, "f") == "false");
  CHECK(job_value(values, "z") == "");
  CHECK(job_value(values, "a") == R"([1,{"b":2}])");
  CHECK(job_value(values, "x") == "2");
}

TEST_CASE("a row of plain strings reads as any other") {
  const std::string_view plain = R"({"a":"1","b":" x ","a":"2","ä":"ö",",":":","":"}"})";
  const std::string_view escaped = R"({"a":"1","b":" x ","a":"2","ä":"\u00f6",",":":","":"}"})";
  for (const std::string_view row : {plain, escaped}) {
    CAPTURE(row);
    CHECK(job_value({"k", row, ""}, "a") == "2");
    CHECK(job_value({"k", row, ""}, "b") == "x");
    CHECK(job_value({"k", row, ""}, "ä") == "ö");
    CHECK(job_value({"k", row, ""}, ",") == ":");
    CHECK(job_value({"k", row, ""}, "") == "}");
    CHECK_FALSE(job_value({"k", row, ""}, "c"));
  }
}

TEST_CASE("a row that is no JSON has no columns, however it begins") {
  for (const std::string_view row :
       {R"({"a":"1")", R"({"a":"1"}})", R"({"a":"1",})", R"({"a":"1" "b":"2"})", R"({"a":"1","b"})",
        R"({"a":"1","b":})", R"({a":"1"})", "{\"a\":\"\x01\"}", "{\"a\":\"1\",\"b\":\"\xC3\"}"}) {
    CAPTURE(row);
    CHECK_FALSE(job_value({"k", row, ""}, "a"));
  }
}

TEST_CASE("columns that are no JSON object hold nothing") {
  CHECK_FALSE(job_value({"k", "[1]", ""}, "a"));
  CHECK_FALSE(job_value({"k", "{", ""}, "a"));
  CHECK(job_value({"k", "{}", ""}, "id") == "k");
}

}  // namespace
}  // namespace dogged
