// SPDX-License-Identifier: MIT
#include "engine/start_allowance.h"

#include <utility>

namespace dogged {

void StartAllowance::add(const StartGrant& grant, Moment at) {
  if (grant.count <= 0) {
    return;
  }
  std::optional<SteadyTime::duration> late;
  if (grant.spacing.count() > 0) {
    late = grant.late;
  }
  rows_.push_back({at.steady + grant.first_in, grant.spacing, late, grant.valid_from, grant.expires,
                   grant.count});
  left_ += grant.count;
}

std::optional<SteadyTime> StartAllowance::next(Moment now) {
  while (!rows_.empty()) {
    Row& row = rows_.front();
    if ((row.expires && now.wall >= *row.expires) ||
        (row.valid_from && now.wall < *row.valid_from)) {
      drop_front();  // of another window of the quota: nobody wants them back
      continue;
    }
    while (row.left > 0 && row.late && now.steady > row.next + *row.late) {
      row.next += row.spacing;
      --row.left;
      --left_;
      ++returned_;
    }
    if (row.left > 0) {
      return row.next;
    }
    rows_.pop_front();
  }
  return std::nullopt;
}

void StartAllowance::take() {
  Row& row = rows_.front();
  row.next += row.spacing;
  --left_;
  if (--row.left == 0) {
    rows_.pop_front();
  }
}

std::optional<SteadyTime> StartAllowance::last() const {
  if (rows_.empty()) {
    return std::nullopt;
  }
  const Row& row = rows_.back();
  return row.next + row.spacing * (row.left - 1);
}

void StartAllowance::hand_back_all() {
  returned_ += left_;
  left_ = 0;
  rows_.clear();
}

int StartAllowance::take_returned() {
  return std::exchange(returned_, 0);
}

void StartAllowance::drop_front() {
  left_ -= rows_.front().left;
  rows_.pop_front();
}

}  // namespace dogged
