// SPDX-License-Identifier: MIT
#pragma once

#include "base/sha256.h"
#include "table/encoding.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// How messages name a file: "-" is standard input.
std::string shown_name(const std::string& file);

// A file, or standard input, as UTF-8 text that can be read from its start more than once: what
// cannot be rewound (a pipe) is kept in an unnamed temporary file, so that encoding and columns are
// judged by the whole of it and not by its first piece. Holds one piece of the file. One thread.
class InputText {
 public:
  // Finds out the encoding where none is given. Throws Error(usage) where there is no such file, or
  // it is a workbook, an archive or another binary, with what to do.
  InputText(const std::string& file, std::optional<Encoding> encoding);

  Encoding encoding() const { return encoding_; }

  // The text's beginning; ends behind a line end unless it is the whole text.
  const std::string& sample() const { return sample_; }
  bool sample_is_whole() const { return sample_is_whole_; }

  void rewind();                 // the next read() gives the first piece
  bool read(std::string& text);  // replaces `text` with the next piece; false at the end
  std::string sha256();          // of all bytes, once read() was false
  std::size_t replaced() const { return decoder_->replaced(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  using File = std::unique_ptr<std::FILE, Close>;

  static File open(const std::string& file);
  static File spooled(std::FILE* from, const std::string& name);
  std::string_view read_bytes();
  Encoding find_encoding(std::string_view head, bool whole);
  void take_sample();

  const std::string name_;  // for people
  File file_;
  long start_ = 0;
  std::string bytes_;
  Encoding encoding_ = Encoding::utf8;
  std::string sample_;
  bool sample_is_whole_ = false;
  bool at_end_ = false;
  std::unique_ptr<Utf8Decoder> decoder_;
  std::unique_ptr<Sha256> hash_;
};

}  // namespace dogged
