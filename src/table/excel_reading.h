// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dogged {

// Whether Excel makes a date, a time, a fraction or a truth value of a text that was most likely
// meant as it stands: 1-12, 2/3, 1:30, MAR1, SEP-2, 1.2.3, TRUE. A date with a year of four digits
// (2026-11-22, 31.12.2026) is meant as one and stays one. Where decimals have a comma, days have
// dots. Month names are the English ones, which Excel reads in most languages. Any thread.
bool excel_reads_otherwise(std::string_view text, char decimal_mark);

}  // namespace dogged
