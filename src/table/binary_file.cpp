// SPDX-License-Identifier: MIT
#include "table/binary_file.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace dogged {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  std::string_view bytes;
  std::string_view advice;
};

constexpr std::string_view kUnpack = "a compressed file; unpack it first";

constexpr std::array kSignatures = {
    Signature{"PK\x03\x04"sv,
              "an Excel workbook (.xlsx) or another zip archive; open it and save the sheet as "
              "\"CSV UTF-8\", then give that file"},
    Signature{"PK\x05\x06"sv, "an empty zip archive"},
    Signature{
        "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv,
        "an old Excel workbook (.xls); open it and save the sheet as \"CSV UTF-8\", then give "
        "that file"},
    Signature{"\x1F\x8B"sv, "compressed with gzip; unpack it first: gunzip -c FILE | dogged ... -"},
    Signature{"BZh"sv, kUnpack},
    Signature{"\xFD"
              "7zXZ"sv,
              kUnpack},
    Signature{"\x28\xB5\x2F\xFD"sv, kUnpack},
    Signature{"7z\xBC\xAF\x27\x1C"sv, kUnpack},
    Signature{"%PDF-"sv, "a PDF document; export its table as CSV"},
    Signature{"SQLite format 3\0"sv, "an SQLite database; export its table as CSV"},
    Signature{"PAR1"sv, "a Parquet file; export it as CSV"},
    Signature{"\xFF\xFE\0\0"sv, "UTF-32 text; save it as UTF-8"},
    Signature{"\0\0\xFE\xFF"sv, "UTF-32 text; save it as UTF-8"},
};

constexpr std::array<std::string_view, 3> kMarkup = {"<!doctype", "<html", "<?xml"};

}  // namespace

std::string binary_advice(std::string_view head) {
  for (const Signature& s : kSignatures) {
    if (head.starts_with(s.bytes)) {
      return std::string(s.advice);
    }
  }
  const std::string begin = lower_case(trimmed(head.substr(0, 64)));
  for (const std::string_view markup : kMarkup) {
    if (begin.starts_with(markup)) {
      return "a web page or an XML document, no list of IDs";
    }
  }
  return {};
}

}  // namespace dogged
