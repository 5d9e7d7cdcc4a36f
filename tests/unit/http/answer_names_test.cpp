// SPDX-License-Identifier: MIT
#include "http/answer_names.h"

#include <doctest/doctest.h>

#include <string>

using dogged::AnswerNames;
using dogged::HttpResponse;

namespace {

HttpResponse answer(const std::string& body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  return response;
}

std::string naming(const std::string& subject) {
  return "{\"id\":\"" + subject + "\"}";
}

}  // namespace

TEST_CASE("an answer that does not name its job is odd where answers do") {
  AnswerNames names;
  CHECK_FALSE(names.is_odd("job-1", answer("{}")));  // nothing is known yet
  names.learn("job-2", answer(naming("job-2")));
  CHECK(names.is_odd("job-3", answer(naming("job-2"))));
  CHECK_FALSE(names.is_odd("job-3", answer(naming("job-3"))));
}

TEST_CASE("a body that came for another job rightly is not odd again") {
  AnswerNames names;
  for (int i = 0; i < 3; ++i) {
    names.learn("job-1", answer(naming("job-1")));
  }
  names.learn("job-2", answer("{\"total\":0}"));
  CHECK_FALSE(names.is_odd("job-3", answer("{\"total\":0}")));
  CHECK(names.is_odd("job-3", answer("{\"total\":1}")));
}

TEST_CASE("where most answers name nothing none is odd") {
  AnswerNames names;
  names.learn("2024", answer("{\"date\":\"2024-01-01\"}"));
  names.learn("job-1", answer("{\"a\":1}"));
  CHECK_FALSE(names.is_odd("job-2", answer("{\"a\":2}")));
}

TEST_CASE("a subject too short to tell, another status, an empty or very long body: no opinion") {
  AnswerNames names;
  names.learn("job-1", answer(naming("job-1")));
  CHECK_FALSE(names.is_odd("job", answer("{}")));
  CHECK_FALSE(names.is_odd("", answer("{}")));
  CHECK_FALSE(names.is_odd("job-2", answer("{}", 404)));
  CHECK_FALSE(names.is_odd("job-2", answer("")));
  CHECK_FALSE(names.is_odd("job-2", answer(std::string(1 << 20, ' '))));
  CHECK(names.is_odd("job-2", answer("{}")));
}

TEST_CASE("looks in vain are bounded: eight, and one more for a thousand answers") {
  AnswerNames names;
  const auto looks = [&] {
    int count = 0;
    for (int i = 0; i < 100; ++i) {
      const HttpResponse unnamed = answer("{\"n\":" + std::to_string(i) + "}");
      if (names.is_odd("job-1", unnamed)) {
        names.looked_in_vain(unnamed);
        ++count;
      }
    }
    return count;
  };
  for (int i = 0; i < 500; ++i) {
    names.learn("job-1", answer(naming("job-1")));
  }
  CHECK(looks() == 8);
  for (int i = 0; i < 3'000; ++i) {
    CHECK_FALSE(names.is_odd("job-1", answer(naming("job-1"))));
  }
  CHECK(looks() == 3);
}

TEST_CASE("looks that catch another's answer are not bounded") {
  AnswerNames names;
  names.learn("job-1", answer(naming("job-1")));
  for (int i = 0; i < 1'000; ++i) {
    CHECK(names.is_odd("job-2", answer(naming("job-1"))));
  }
}

TEST_CASE("a look left open was in vain where the answer asked for anew names nothing either") {
  AnswerNames names;
  for (int i = 0; i < 500; ++i) {
    names.learn("job-1", answer(naming("job-1")));
  }
  for (int i = 0; i < 100; ++i) {
    CHECK(names.is_odd("job-2", answer(naming("job-1"))));
    names.left_open("job-2");
    names.learn("job-2", answer(naming("job-2")));
  }
  for (int i = 0; i < 8; ++i) {
    const HttpResponse unnamed = answer("{\"n\":" + std::to_string(i) + "}");
    CHECK(names.is_odd("job-3", unnamed));
    names.left_open("job-3");
    names.learn("job-3", unnamed);
  }
  CHECK_FALSE(names.is_odd("job-4", answer(naming("job-1"))));
}

TEST_CASE("an API that begins to name its jobs late is found out") {
  AnswerNames names;
  for (int i = 0; i < 100'000; ++i) {
    CHECK_FALSE(names.is_odd("job-1", answer("{}")));
  }
  for (int i = 0; i < 200; ++i) {
    CHECK_FALSE(names.is_odd("job-1", answer(naming("job-1"))));
  }
  CHECK(names.is_odd("job-2", answer(naming("job-1"))));
}
