// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"
#include "base/result.h"
#include "table/column_set.h"

#include <memory>
#include <string>

namespace dogged {

// An answer in the form in which libjq reads it, made once for all filters. One thread.
class JqInput {
 public:
  JqInput();
  ~JqInput();
  JqInput(const JqInput&) = delete;
  JqInput& operator=(const JqInput&) = delete;

  // Takes `document`, which must hold the same answer for as long as this input is in use. Empty,
  // or why jq cannot have it: libjq recurses over depth, so that deeper than 1,000 levels is
  // refused.
  std::string load(const JsonDocument& document);

 private:
  friend class JqFilter;
  struct State;
  std::unique_ptr<State> state_;
};

// One compiled filter of libjq 1.6.
// Digits: libjq keeps numbers as doubles. What a double does not carry (an integer beyond 2^53,
// more than 17 significant digits, 1e400) is handed over as a string of its digits, and a number
// that comes out as it went in is written with the digits it had: 1.10 stays 1.10. For that every
// number carries the index of its node in a field of `jv` that libjq leaves unused for numbers, and
// copies with them; a number that jq made carries none. (A map from value to digits was the other
// way: it would print a count of 2 as 2.00 where some price is 2.00.) Filters come from the user's
// own command line or source file, but what they make goes into files that travel: they see no
// environment ($ENV is {}, env an error), no file (not ~/.jq either), no further input, and write
// nothing to stderr. One thread.
class JqFilter {
 public:
  // `lang` is bound to $lang. Fails with jq's words. Takes HOME out of the environment for a
  // moment: not while other threads may look at the environment.
  static Result<std::unique_ptr<JqFilter>> compile(const std::string& filter,
                                                   const std::string& lang);
  ~JqFilter();
  JqFilter(const JqFilter&) = delete;
  JqFilter& operator=(const JqFilter&) = delete;

  // The filter's value of `input`. Empty, or why the filter failed; `value` is empty then.
  std::string run(const JqInput& input, ColumnValue& value);
  bool digits_lost() const;  // see ColumnSet

 private:
  struct State;
  explicit JqFilter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dogged
