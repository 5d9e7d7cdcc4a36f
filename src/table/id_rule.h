// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "job/source.h"

#include <memory>
#include <string>
#include <string_view>

namespace dogged {

// What a rule makes of a raw ID.
struct IdVerdict {
  std::string key;  // the right ID; empty where there is a fault
  std::string
      mended;  // what was mended, words joined with " + ": "hyphen", "leading zero", "spaces"
  std::string fault;  // why it is no ID, for people
};

// Checks and mends IDs. Immutable after construction; any thread.
class IdRule {
 public:
  virtual ~IdRule() = default;
  virtual IdVerdict check(std::string_view raw) const = 0;
};

// The rule that `spec` names: "finnish-business-id", a pattern with its rewrite, or none.
// Surrounding white space is always dropped; empty IDs, numbers that a spreadsheet damaged
// (1.23E+15), control characters and text over 1,024 bytes are always faults. Fails on an unknown
// rule or a bad pattern.
Result<std::unique_ptr<IdRule>> make_id_rule(const IdSpec& spec);

// Finnish business ID (Y-tunnus): seven digits, a hyphen, a check digit; weights 7 9 10 5 8 4 2,
// modulo 11, a remainder of 1 impossible (Finnish Tax Administration, "Tarkistusmerkin
// laskeminen"). A VAT number (FI12345671) is the same without the hyphen, behind FI, and is turned
// back into it. A missing hyphen is put in, six-digit old forms and lost leading zeros are padded;
// all count as mended, because a padded ID may be another company's.
IdVerdict check_finnish_business_id(std::string_view raw);

}  // namespace dogged
