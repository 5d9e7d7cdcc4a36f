// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dogged::sqlite {

// A set of row numbers, one bit each, that tells how many of its rows stand before a given one: the
// rank in which new jobs get their ids. A value.
class RowSet {
 public:
  void insert(std::int64_t row) {
    const auto word = static_cast<std::size_t>(row) / 64;
    if (word >= bits_.size()) {
      bits_.resize(word + word / 4 + 1);
    }
    bits_[word] |= std::uint64_t{1} << (static_cast<std::size_t>(row) % 64);
  }

  // To be called after the last insert and before rank().
  void count() {
    before_.assign(bits_.size() + 1, 0);
    for (std::size_t i = 0; i < bits_.size(); ++i) {
      before_[i + 1] = before_[i] + std::popcount(bits_[i]);
    }
  }

  std::int64_t size() const { return before_.empty() ? 0 : before_.back(); }

  // How many rows of the set are less than `row`, which is in it.
  std::int64_t rank(std::int64_t row) const {
    const auto word = static_cast<std::size_t>(row) / 64;
    const std::uint64_t below = (std::uint64_t{1} << (static_cast<std::size_t>(row) % 64)) - 1;
    return before_[word] + std::popcount(bits_[word] & below);
  }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::int64_t> before_;  // of the word at the same index
};

}  // namespace dogged::sqlite
