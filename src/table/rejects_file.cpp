// SPDX-License-Identifier: MIT
#include "table/rejects_file.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace dogged {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += '"';
    }
  }
  out += '"';
}

}  // namespace

RejectsFile::RejectsFile(std::string path, PlaceFile place)
    : path_(std::move(path)), place_(std::move(place)) {}

void RejectsFile::open() {
  file_ = std::make_unique<AtomicFile>(path_);
  file_->write("line,reason,text\n");
}

void RejectsFile::add(const RejectedRow& row) {
  if (path_.empty()) {
    return;
  }
  if (!file_) {
    open();
  }
  line_ = std::to_string(row.line);
  line_ += ',';
  append_quoted(line_, row.reason);
  line_ += ',';
  append_quoted(line_, row.text);
  line_ += '\n';
  file_->write(line_);
}

void RejectsFile::commit() {
  std::error_code none;
  if (!file_ && !path_.empty() && std::filesystem::is_regular_file(path_, none)) {
    open();
  }
  if (!file_) {
    return;
  }
  if (place_) {
    place_(*file_);
  } else {
    file_->commit();
  }
}

std::vector<RejectedRow> write_rejects(StoreReader& reader, std::string_view batch,
                                       const std::string& path, std::size_t first,
                                       const PlaceFile& place) {
  std::vector<RejectedRow> shown;
  RejectsFile file(path, place);
  for (const BatchInfo& info : reader.batches()) {
    if (info.name != batch) {
      continue;
    }
    reader.each_reject(info.id, [&](const RejectedRow& row) {
      file.add(row);
      if (shown.size() < first) {
        shown.push_back(row);
      }
      return true;
    });
  }
  file.commit();
  return shown;
}

}  // namespace dogged
