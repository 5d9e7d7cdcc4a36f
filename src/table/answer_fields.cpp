// SPDX-License-Identifier: MIT
#include "table/answer_fields.h"

#include "base/json_document.h"
#include "table/auto_columns_walk.h"

#include <unordered_map>
#include <unordered_set>

namespace dogged {
namespace {

// Fields kept at most: answers keyed by something unbounded (a date, an ID) have no end of them.
constexpr std::size_t kMaxFields = 10'000;
constexpr std::size_t kExampleBytes = 200;

std::string example_of(const JsonDocument& document, JsonDocument::Index i) {
  std::string text = document.node(i).type == JsonDocument::Type::string
                         ? std::string(document.text(i))
                         : document.json(i);
  if (text.size() > kExampleBytes) {
    std::size_t end = kExampleBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;  // not within a character
    }
    text.resize(end);
    text += "...";
  }
  return text;
}

class Survey {
 public:
  void add(const JsonDocument& document) {
    ++survey_.answers;
    for (walk_.start(document); walk_.next();) {
      const auto known = index_.find(std::string(walk_.path()));
      std::size_t at = survey_.fields.size();
      if (known != index_.end()) {
        at = known->second;
      } else if (at == kMaxFields) {
        continue;
      } else {
        index_.emplace(walk_.path(), at);
        const std::string name = free_name(walk_.dotted_name(), [this](const std::string& taken) {
          return names_.contains(taken);
        });
        names_.insert(name);
        survey_.fields.push_back({std::string(walk_.path()), name, 0, ""});
        last_seen_.push_back(0);
      }
      count(document, at);
    }
  }

  FieldSurvey take() { return std::move(survey_); }
  std::int64_t answers() const { return survey_.answers; }
  void mark_sampled() { survey_.sampled = true; }

 private:
  void count(const JsonDocument& document, std::size_t at) {
    AnswerField& field = survey_.fields[at];
    // A name that an object has twice is counted once.
    if (document.node(walk_.leaf()).type == JsonDocument::Type::null ||
        last_seen_[at] == survey_.answers) {
      return;
    }
    last_seen_[at] = survey_.answers;
    ++field.present;
    if (field.example.empty()) {
      field.example = example_of(document, walk_.leaf());
    }
  }

  LeafWalk walk_{LeafWalk::Arrays::by_first_element, LeafWalk::Paths::pointers};
  FieldSurvey survey_;
  std::unordered_map<std::string, std::size_t> index_;  // pointer -> field
  std::unordered_set<std::string> names_;
  std::vector<std::int64_t> last_seen_;  // of each field: the last answer that had it
};

}  // namespace

FieldSurvey survey_fields(StoreReader& reader, std::int64_t limit) {
  Survey survey;
  JsonDocument document;
  std::unordered_set<std::string> keys;  // two rows with one ID have one answer
  ExportSelection done;
  done.states = {JobState::done};
  reader.each_export_row(done, [&](const ExportRow& row) {
    if (row.body.empty() || keys.contains(std::string(row.key))) {
      return true;
    }
    if (survey.answers() == limit) {
      survey.mark_sampled();
      return false;
    }
    keys.emplace(row.key);
    if (document.parse(row.body).ok()) {
      survey.add(document);
    }
    return true;
  });
  return survey.take();
}

}  // namespace dogged
