// SPDX-License-Identifier: MIT
#include "table/csv_writer.h"

#include "table/excel_reading.h"

#include <algorithm>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dogged {
namespace {

constexpr std::size_t kExcelDigits = 15;
constexpr std::size_t kLongestConstant = 255;  // characters; bytes are never fewer

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Digits with at most one decimal mark, an exponent, signs: what Excel may take for a number.
struct NumberShape {
  bool is_number = false;
  bool has_exponent = false;
  char mark = '\0';           // '.' or ',' between digits
  std::size_t digits = 0;     // before the exponent
  bool leading_zero = false;  // 00, 01, but not 0 and 0.5
};

NumberShape shape_of(std::string_view text) {
  NumberShape shape;
  if (!text.empty() && text.front() == '-') {
    text.remove_prefix(1);
  }
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (!exponent.empty() && (exponent.front() == '-' || exponent.front() == '+')) {
      exponent.remove_prefix(1);
    }
    if (!all_digits(exponent)) {
      return shape;
    }
    shape.has_exponent = true;
    text = text.substr(0, e);
  }
  const std::size_t mark = text.find_first_of(".,");
  const std::string_view whole = text.substr(0, mark);
  const std::string_view fraction =
      mark == std::string_view::npos ? std::string_view("0") : text.substr(mark + 1);
  shape.is_number = all_digits(whole) && all_digits(fraction);
  shape.mark = mark == std::string_view::npos ? '\0' : text[mark];
  shape.digits = text.size() - (shape.mark != '\0' ? 1 : 0);
  shape.leading_zero = whole.size() > 1 && whole.front() == '0';
  return shape;
}

// Whether Excel may read a formula. A Japanese one reads the wide forms of = + - @ too.
bool could_run(std::string_view text) {
  constexpr std::string_view kWide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
  return !text.empty() &&
         (std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos ||
          std::any_of(std::begin(kWide), std::end(kWide),
                      [text](std::string_view wide) { return text.starts_with(wide); }));
}

// Whether Excel would show another text than this one, or run it.
bool needs_guard(std::string_view text, char decimal_mark) {
  const NumberShape shape = shape_of(text);
  if (shape.is_number) {
    const bool mistaken_mark = shape.mark != '\0' && shape.mark != decimal_mark;
    return shape.has_exponent || shape.leading_zero || shape.digits > kExcelDigits || mistaken_mark;
  }
  return could_run(text);
}

std::string_view guarded(std::string_view text, std::string& scratch) {
  if (text.size() <= kLongestConstant && text.find_first_of("\r\n") == std::string_view::npos) {
    scratch = "=\"";
    for (const char c : text) {
      scratch += c;
      if (c == '"') {
        scratch += c;
      }
    }
    scratch += '"';
    return scratch;
  }
  scratch = "'";
  scratch += text;
  return scratch;
}

bool is_plain(char c, char delimiter) {
  return c != delimiter && c != '"' && c != '\n' && c != '\r';
}

// Whether `text` may stand without quotes.
bool is_plain(std::string_view text, char delimiter) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const __m128i marks[] = {_mm_set1_epi8(delimiter), _mm_set1_epi8('"'), _mm_set1_epi8('\n'),
                           _mm_set1_epi8('\r')};
  for (; text.size() - at >= sizeof(__m128i); at += sizeof(__m128i)) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, marks[0]), _mm_cmpeq_epi8(bytes, marks[1])),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, marks[2]), _mm_cmpeq_epi8(bytes, marks[3])));
    if (_mm_movemask_epi8(found) != 0) {
      return false;
    }
  }
#endif
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                     [delimiter](char c) { return is_plain(c, delimiter); });
}

// Copies `text` to `to`, where there is room for twice as much, quotes doubled; gives the end.
// JSON text is full of quotes: looking for each of them costs more than going through all bytes.
char* double_quotes(char* to, std::string_view text) {
  std::size_t at = 0;
#if defined(__SSE2__)
  // A block is stored whole again behind each of its quotes: what stands beyond its end is
  // overwritten by what comes next, or lies in the room that the rest of the text may take.
  constexpr std::size_t kStep = sizeof(__m128i);
  const __m128i quotes = _mm_set1_epi8('"');
  for (; text.size() - at >= 2 * kStep; at += kStep) {
    const char* const block = text.data() + at;
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
    auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quotes)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    for (; found != 0; found &= found - 1) {
      // The quote stands there; from it on once more, one further.
      const auto quote = static_cast<std::size_t>(std::countr_zero(found));
      ++to;
      const __m128i rest = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + quote));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + quote), rest);
    }
    to += kStep;
  }
#endif
  for (; at < text.size(); ++at) {
    *to++ = text[at];
    if (text[at] == '"') {
      *to++ = '"';
    }
  }
  return to;
}

class CsvWriter final : public ExportWriter {
 public:
  CsvWriter(char delimiter, bool excel) : delimiter_(delimiter), excel_(excel) {}

  void begin(const std::vector<std::string>& names, std::string& out) override {
    if (excel_) {
      out += "\xEF\xBB\xBF";
    }
    std::vector<ExportCell> cells;
    cells.reserve(names.size());
    for (const std::string& name : names) {
      cells.push_back({ExportCell::Kind::text, name});
    }
    write(cells, out);
  }

  void write(const std::vector<ExportCell>& cells, std::string& out) override {
    bool first = true;
    for (const ExportCell& cell : cells) {
      if (!first) {
        out += delimiter_;
      }
      first = false;
      append_csv_cell(out, excel_ ? excel_text(cell, delimiter_, scratch_) : cell.text, delimiter_);
    }
    out += excel_ ? "\r\n" : "\n";
  }

 private:
  const char delimiter_;
  const bool excel_;
  std::string scratch_;
};

}  // namespace

void append_csv_cell(std::string& out, std::string_view text, char delimiter) {
  if (is_plain(text, delimiter)) {
    out += text;
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + 2 * text.size() + 2);  // if all were quotes
  char* to = out.data() + before;
  *to++ = '"';
  to = double_quotes(to, text);
  *to++ = '"';
  out.resize(static_cast<std::size_t>(to - out.data()));
}

std::string_view excel_text(const ExportCell& cell, char delimiter, std::string& scratch) {
  const char decimal_mark = delimiter == ';' ? ',' : '.';
  if (cell.kind == ExportCell::Kind::absent) {
    return {};
  }
  if (cell.kind != ExportCell::Kind::number) {
    const bool mistaken =
        needs_guard(cell.text, decimal_mark) ||
        (cell.kind == ExportCell::Kind::text && excel_reads_otherwise(cell.text, decimal_mark));
    return mistaken ? guarded(cell.text, scratch) : cell.text;
  }
  const NumberShape shape = shape_of(cell.text);
  if (shape.digits > kExcelDigits) {
    return guarded(cell.text, scratch);
  }
  if (shape.mark == '\0' || decimal_mark == '.') {
    return cell.text;
  }
  scratch = cell.text;
  std::replace(scratch.begin(), scratch.end(), '.', decimal_mark);
  return scratch;
}

std::unique_ptr<ExportWriter> make_csv_writer(const ExportOptions& options) {
  return std::make_unique<CsvWriter>(options.excel ? options.delimiter : ',', options.excel);
}

}  // namespace dogged
