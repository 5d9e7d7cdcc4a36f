// SPDX-License-Identifier: MIT
#include "table/answer_fields.h"

#include "tests/unit/table/export_rows.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dogged {
namespace {

FakeRow answer(std::string key, std::string body, JobState state = JobState::done) {
  FakeRow row;
  row.key = std::move(key);
  row.body = std::move(body);
  row.state = state;
  return row;
}

std::vector<std::string> lines_of(const FieldSurvey& survey) {
  std::vector<std::string> lines;
  for (const AnswerField& field : survey.fields) {
    lines.push_back(field.pointer + " " + field.column + " " + std::to_string(field.present) + " " +
                    field.example);
  }
  return lines;
}

TEST_CASE("fields are the places of the done answers, with their share and an example") {
  FakeRows rows({batch_of(1, {"id"})},
                {answer("1", R"({"a":{"b/c":null},"l":[{"x":1.0},{"x":2,"y":3}],"e":[]})"),
                 answer("2", R"({"a":{"b/c":"ex"},"l":[{"x":5}],"s":"t","s":"u"})"),
                 answer("2", R"({"a":{"b/c":"ex"},"l":[{"x":5}],"s":"t","s":"u"})"),
                 answer("3", R"({"message":"gone"})", JobState::not_found), answer("4", "")});
  const FieldSurvey survey = survey_fields(rows, 100);
  CHECK(survey.answers == 2);
  CHECK_FALSE(survey.sampled);
  CHECK(lines_of(survey) == std::vector<std::string>{"/a/b~1c a.b/c 1 ex", "/l/0/x l.x 2 1.0",
                                                     "/e e 1 []", "/s s 1 t"});
}

TEST_CASE("a root that is no object, and names that collide") {
  FakeRows rows({batch_of(1, {"id"})},
                {answer("1", "7"), answer("2", R"([{"a":1}])"), answer("3", R"({"a":2})")});
  CHECK(lines_of(survey_fields(rows, 100)) ==
        std::vector<std::string>{" value 1 7", "/0/a a 1 1", "/a a_2 1 2"});
}

TEST_CASE("no more answers than asked for are looked at") {
  FakeRows rows({batch_of(1, {"id"})},
                {answer("1", R"({"a":1})"), answer("1", R"({"a":1})"), answer("2", R"({"b":1})")});
  CHECK(survey_fields(rows, 2).answers == 2);
  CHECK_FALSE(survey_fields(rows, 2).sampled);
  const FieldSurvey survey = survey_fields(rows, 1);
  CHECK(survey.answers == 1);
  CHECK(survey.sampled);
  CHECK(survey.fields.size() == 1);
}

TEST_CASE("a long example is cut between characters") {
  std::string text;
  for (int i = 0; i < 101; ++i) {
    text += i == 0 ? "x" : "ä";
  }
  FakeRows rows({batch_of(1, {"id"})}, {answer("1", "{\"a\":\"" + text + "\"}")});
  const FieldSurvey survey = survey_fields(rows, 1);
  CHECK(survey.fields.at(0).example == text.substr(0, 199) + "...");
}

}  // namespace
}  // namespace dogged
