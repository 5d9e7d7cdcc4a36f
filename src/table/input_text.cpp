// SPDX-License-Identifier: MIT
#include "table/input_text.h"

#include "base/error.h"
#include "base/system_error.h"
#include "base/text.h"
#include "table/binary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace dogged {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

bool is_utf16(Encoding encoding) {
  return encoding == Encoding::utf16_le || encoding == Encoding::utf16_be;
}

// Whether `head`, which is no UTF-16, has more control characters than any text.
bool looks_binary(std::string_view head) {
  const auto controls = std::count_if(head.begin(), head.end(), [](char c) {
    const auto b = static_cast<unsigned char>(c);
    return b < 0x20 && (b < '\t' || b > '\r');
  });
  return static_cast<std::size_t>(controls) * 100 > head.size();
}

// A byte order mark outweighs what the user said of the byte order.
Encoding given_encoding(Encoding given, std::string_view head) {
  const Encoding marked = sniff_encoding(head.substr(0, 3), true);
  const bool has_mark = head.starts_with("\xEF\xBB\xBF") || head.starts_with("\xFF\xFE") ||
                        head.starts_with("\xFE\xFF");
  const bool same_kind = is_utf16(given)
                             ? is_utf16(marked)
                             : given != Encoding::windows_1252 && marked == Encoding::utf8_bom;
  return has_mark && same_kind ? marked : given;
}

// What cannot be read twice is kept in a temporary file, whose disk may be full.
[[noreturn]] void not_kept(const std::string& name, int error) {
  throw Error(Fault::store_unavailable,
              "cannot keep " + name + " in a temporary file: " + system_message(error) +
                  "; free some space, or save it to a file and give that");
}

}  // namespace

std::string shown_name(const std::string& file) {
  return file == "-" ? "standard input" : printable(file);
}

void InputText::Close::operator()(std::FILE* file) const {
  (void)std::fclose(file);  // only read from: nothing can be lost
}

InputText::InputText(const std::string& file, std::optional<Encoding> encoding)
    : name_(shown_name(file)), file_(open(file)) {
  start_ = std::max(0L, std::ftell(file_.get()));
  const std::string head(read_bytes());
  if (const std::string advice = binary_advice(head); !advice.empty()) {
    throw Error(Fault::usage, "cannot read " + name_ + ": it is " + advice);
  }
  encoding_ = encoding ? given_encoding(*encoding, head) : find_encoding(head, at_end_);
  if (!encoding && !is_utf16(encoding_) && looks_binary(head)) {
    throw Error(Fault::usage,
                "cannot read " + name_ +
                    ": it is no text; give a CSV file, JSON lines or a list with one ID a line");
  }
  take_sample();
}

InputText::File InputText::open(const std::string& file) {
  const bool is_stdin = file == "-";
  const std::string name = shown_name(file);
  const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                          : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    const Fault fault = fault_of_opening(error);
    throw Error(fault,
                "cannot open " + name + ": " +
                    (fault == Fault::usage ? system_message(error) : reason_and_remedy(error)));
  }
  File opened(fdopen(fd, "rb"));
  if (!opened) {
    const int error = errno;
    ::close(fd);
    throw Error("cannot open " + name + ": " + system_message(error));
  }
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    throw Error("cannot look at " + name + ": " + system_message(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(Fault::usage, "cannot read " + name + ": it is a folder; give a file");
  }
  return S_ISREG(status.st_mode) ? std::move(opened) : spooled(opened.get(), name);
}

InputText::File InputText::spooled(std::FILE* from, const std::string& name) {
  File spool(std::tmpfile());
  if (!spool) {
    const int error = errno;
    if (fault_of(error) == Fault::store_unavailable) {
      not_kept(name, error);
    }
    throw Error("cannot make a temporary file to keep " + name + " in: " + system_message(error));
  }
  std::string piece(kPieceBytes, '\0');
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), from)) {
    if (std::fwrite(piece.data(), 1, n, spool.get()) != n) {
      not_kept(name, errno);
    }
  }
  if (std::ferror(from) != 0) {
    throw Error("cannot read " + name + ": " + system_message(errno));
  }
  if (std::fseek(spool.get(), 0, SEEK_SET) != 0) {  // flushes, and so may find the disk full
    not_kept(name, errno);
  }
  return spool;
}

std::string_view InputText::read_bytes() {
  bytes_.resize(kPieceBytes);
  const std::size_t n = std::fread(bytes_.data(), 1, bytes_.size(), file_.get());
  if (n < bytes_.size()) {
    const int error = errno;
    if (std::ferror(file_.get()) != 0) {
      throw Error("cannot read " + name_ + ": " + system_message(error));
    }
    at_end_ = true;
  }
  return std::string_view(bytes_).substr(0, n);
}

Encoding InputText::find_encoding(std::string_view head, bool whole) {
  const Encoding found = sniff_encoding(head, whole);
  if (whole || (found != Encoding::utf8 && found != Encoding::windows_1252)) {
    return found;
  }
  Utf8Decoder trial(Encoding::utf8);
  std::string text;
  trial.decode(head, text);
  while (!at_end_) {
    text.clear();
    trial.decode(read_bytes(), text);
  }
  trial.finish(text);
  return is_rather_utf8(trial) ? Encoding::utf8 : Encoding::windows_1252;
}

void InputText::take_sample() {
  rewind();
  std::string piece;
  while (sample_.size() < kPieceBytes && read(piece)) {
    sample_ += piece;
  }
  sample_is_whole_ = at_end_;
  if (!sample_is_whole_) {
    const std::size_t line_end = sample_.rfind('\n');
    sample_.resize(line_end == std::string::npos ? sample_.size() : line_end + 1);
  }
  rewind();
}

void InputText::rewind() {
  if (std::fseek(file_.get(), start_, SEEK_SET) != 0) {
    throw Error("cannot read " + name_ + " from its start again: " + system_message(errno));
  }
  at_end_ = false;
  decoder_ = std::make_unique<Utf8Decoder>(encoding_);
  hash_ = std::make_unique<Sha256>();
}

bool InputText::read(std::string& text) {
  text.clear();
  while (text.empty() && !at_end_) {
    const std::string_view bytes = read_bytes();
    hash_->update(bytes);
    decoder_->decode(bytes, text);
    if (at_end_) {
      decoder_->finish(text);
    }
  }
  return !text.empty();
}

std::string InputText::sha256() {
  return hash_->hex();
}

}  // namespace dogged
