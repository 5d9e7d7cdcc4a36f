// SPDX-License-Identifier: MIT
#include "store/sqlite/external_sort.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dogged::sqlite {
namespace {

constexpr std::size_t kTextBytesForEntry = 16;

// Eight bytes as a number that compares as they do; zeros where there are fewer.
std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), std::min(text.size(), sizeof bytes));
  return std::endian::native == std::endian::little ? __builtin_bswap64(bytes) : bytes;
}

// To twice what it holds, and never beyond `most` while that is enough.
template <typename Container>
void make_room(Container& container, std::size_t needed, std::size_t most) {
  if (needed > container.capacity()) {
    container.reserve(std::max(needed, std::min(container.capacity() * 2, most)));
  }
}

}  // namespace

ExternalSort::ExternalSort(SpillFile& file, std::size_t entries)
    : file_(file), max_entries_(entries) {}

void ExternalSort::add(std::string_view key, std::string_view value) {
  const std::size_t most = max_entries_ * kTextBytesForEntry;
  constexpr std::size_t kLength = 10;  // of a number at most
  const std::size_t bytes = key.size() + value.size() + kLength;
  if (entries_.size() == max_entries_ || (texts_.size() + bytes > most && !entries_.empty())) {
    spill();
  }
  make_room(texts_, texts_.size() + bytes, most);
  make_room(entries_, entries_.size() + 1, max_entries_);
  entries_.push_back(
      {0, static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(key.size())});
  texts_ += key;
  put_text(texts_, value);
}

void ExternalSort::finish() {
  sort();
}

void ExternalSort::clear() {
  entries_.clear();
  texts_.clear();
  runs_.clear();
}

std::string_view ExternalSort::key_of(const Entry& entry) const {
  return {texts_.data() + entry.offset, entry.key_size};
}

std::string_view ExternalSort::value_of(const Entry& entry) const {
  std::string_view rest(texts_);
  rest.remove_prefix(entry.offset + entry.key_size);
  return take_text(rest);
}

// How many bytes all keys in memory begin with alike.
std::size_t ExternalSort::common_prefix() const {
  const std::string_view first = entries_.empty() ? std::string_view() : key_of(entries_.front());
  std::size_t common = first.size();
  for (const Entry& entry : entries_) {
    const std::string_view key = key_of(entry);
    common = std::min(common, key.size());
    while (std::memcmp(key.data(), first.data(), common) != 0) {
      --common;
    }
  }
  return common;
}

void ExternalSort::sort() {
  const std::size_t common = common_prefix();
  for (Entry& entry : entries_) {
    entry.prefix = first_bytes(key_of(entry).substr(common));
  }
  const std::size_t covered = common + sizeof(Entry::prefix);
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) {
      return a.prefix < b.prefix;
    }
    if (a.key_size > covered || b.key_size > covered) {
      const int order = key_of(a).compare(key_of(b));
      return order != 0 ? order < 0 : a.offset < b.offset;
    }
    return a.key_size != b.key_size ? a.key_size < b.key_size : a.offset < b.offset;
  });
}

void ExternalSort::spill() {
  sort();
  Spill& run = runs_.emplace_back(file_);
  std::string record;
  for (const Entry& entry : entries_) {
    record.clear();
    put_text(record, key_of(entry));
    record += value_of(entry);
    run.write(record);
  }
  entries_.clear();
  texts_.clear();
}

SortedReader::SortedReader(const ExternalSort& sort) : sort_(sort) {
  for (const Spill& run : sort.runs_) {
    sources_.push_back({SpillReader(run), {}, {}});
  }
  sources_.emplace_back();
}

bool SortedReader::next() {
  // The greatest stands first in a heap: so `after` is the order of it.
  const auto after = [this](std::size_t a, std::size_t b) {
    const int order = sources_[a].key.compare(sources_[b].key);
    return order != 0 ? order > 0 : a > b;
  };
  if (!begun_) {
    begun_ = true;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (advance(sources_[i])) {
        order_.push_back(i);
      }
    }
    std::make_heap(order_.begin(), order_.end(), after);
  } else if (order_.empty()) {
    return false;
  } else if (advance(sources_[order_.back()])) {
    std::push_heap(order_.begin(), order_.end(), after);
  } else {
    order_.pop_back();
  }
  if (order_.empty()) {
    return false;
  }
  std::pop_heap(order_.begin(), order_.end(), after);
  return true;
}

bool SortedReader::advance(Source& source) {
  if (!source.run) {
    if (entry_ == sort_.entries_.size()) {
      return false;
    }
    const ExternalSort::Entry& entry = sort_.entries_[entry_++];
    source.key = sort_.key_of(entry);
    source.value = sort_.value_of(entry);
    return true;
  }
  std::string_view record;
  if (!source.run->next(record)) {
    return false;
  }
  source.key = take_text(record);
  source.value = record;
  return true;
}

}  // namespace dogged::sqlite
