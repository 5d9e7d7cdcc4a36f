// SPDX-License-Identifier: MIT
#pragma once

#include "store/store_reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dogged {

// A pointer found in the answers.
struct AnswerField {
  std::string pointer;
  std::string column;        // the name that --add auto gives it
  std::int64_t present = 0;  // answers that have it, null excepted
  std::string example;
};

struct FieldSurvey {
  std::int64_t answers = 0;         // looked at
  bool sampled = false;             // there are more
  std::vector<AnswerField> fields;  // in order of first appearance
};

// Looks at up to `limit` done answers. Arrays of several elements are shown with /0.
FieldSurvey survey_fields(StoreReader& reader, std::int64_t limit);

}  // namespace dogged
