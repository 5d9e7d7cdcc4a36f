// SPDX-License-Identifier: MIT
#include "cli/render_table.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace dogged {
namespace {

struct CodeRange {
  std::uint32_t first, last;
};

// The blocks of Unicode's East Asian Width property W and F, roughly; being wrong only bends a
// column.
constexpr std::array<CodeRange, 9> kWide = {{{0x1100, 0x115f},
                                             {0x2e80, 0xa4cf},
                                             {0xac00, 0xd7a3},
                                             {0xf900, 0xfaff},
                                             {0xfe30, 0xfe6f},
                                             {0xff00, 0xff60},
                                             {0xffe0, 0xffe6},
                                             {0x1f300, 0x1faff},
                                             {0x20000, 0x3fffd}}};

std::size_t width_of(std::uint32_t code) {
  if (code >= 0x300 && code <= 0x36f) {
    return 0;
  }
  const bool wide = std::any_of(kWide.begin(), kWide.end(), [code](const CodeRange& range) {
    return code >= range.first && code <= range.last;
  });
  return wide ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    std::uint32_t code = lead < 0x80   ? lead
                         : lead < 0xe0 ? lead & 0x1f
                                       : lead & (lead < 0xf0 ? 0xf : 7);
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) {
      code = (code << 6) | (static_cast<unsigned char>(text[i++]) & 0x3f);
    }
    width += width_of(code);
  }
  return width;
}

TableWriter::TableWriter(Output& out, std::vector<TableColumn> columns)
    : out_(out), columns_(std::move(columns)) {
  std::vector<std::string> header;
  for (const TableColumn& column : columns_) {
    header.push_back(printable(column.name, column.limit));
    widths_.push_back(display_width(header.back()));
  }
  held_.push_back(std::move(header));
}

void TableWriter::add(const std::vector<std::string>& cells) {
  std::vector<std::string> shown;
  shown.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    shown.push_back(i < cells.size() ? printable(cells[i], columns_[i].limit) : "");
  }
  if (!measuring_) {
    write_row(shown);
    return;
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    widths_[i] = std::max(widths_[i], display_width(shown[i]));
  }
  held_.push_back(std::move(shown));
  if (held_.size() > kMeasured) {
    write_held();
  }
}

void TableWriter::finish() {
  write_held();
}

void TableWriter::write_held() {
  for (const auto& row : held_) {
    write_row(row);
  }
  held_.clear();
  measuring_ = false;
}

void TableWriter::write_row(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = display_width(cells[i]);
    const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
    line += i == 0 ? "" : "  ";
    line +=
        columns_[i].align == TableColumn::Align::right ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out_.line(line);
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    for (;;) {  // a tab is how people indent, and no control character here
      const std::size_t tab = std::min(line.find('\t'), line.size());
      out += printable(line.substr(0, tab), std::string::npos);
      if (tab == line.size()) {
        break;
      }
      out += "  ";
      line.remove_prefix(tab + 1);
    }
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void append_csv_value(std::string& line, std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    line += c;
    if (c == '"') {
      line += c;
    }
  }
  line += '"';
}

}  // namespace dogged
