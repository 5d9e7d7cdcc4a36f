// SPDX-License-Identifier: MIT
#include "http/body_collector.h"

#include "base/text.h"
#include "http/content_decoders.h"
#include "http/head.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {

namespace {

constexpr std::int64_t kMaxReserve = 1 << 20;

}  // namespace

Result<BodyCollector> BodyCollector::make(const std::vector<HttpHeader>& headers,
                                          std::int64_t max_bytes) {
  BodyCollector collector(static_cast<std::size_t>(std::max<std::int64_t>(max_bytes, 0)));
  for (const std::string_view coding : list_values(headers, "Content-Encoding")) {
    if (coding.empty() || equals_ignoring_case(coding, "identity")) {
      continue;
    }
    if (collector.decoder_) {
      return Failure{"the body is encoded twice"};
    }
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) {
      collector.decoder_ = make_gzip_decoder();
    } else if (equals_ignoring_case(coding, "deflate")) {
      collector.decoder_ = make_deflate_decoder();
    } else if (equals_ignoring_case(coding, "br")) {
      collector.decoder_ = make_brotli_decoder();
    } else {
      return Failure{
          fmt::format("the body has an unknown encoding, \"{}\"", printable(coding, 40))};
    }
  }
  return collector;
}

BodyCollector::Status BodyCollector::add(std::string_view bytes) {
  empty_ = empty_ && bytes.empty();
  if (decoder_) {
    return decoder_->decode(bytes, body_, max_bytes_);
  }
  if (bytes.size() > max_bytes_ - body_.size()) {
    return Status::too_large;
  }
  body_.append(bytes);
  return Status::ok;
}

bool BodyCollector::whole() const {
  // An empty body under "Content-Encoding: gzip" is what many servers make of an empty answer.
  return !decoder_ || empty_ || decoder_->ended();
}

bool BodyCollector::surely_too_large(std::int64_t length) const {
  return !decoder_ && length > static_cast<std::int64_t>(max_bytes_);
}

void BodyCollector::expect(std::int64_t length) {
  if (!decoder_) {
    body_.reserve(static_cast<std::size_t>(std::min(length, kMaxReserve)));
  }
}

}  // namespace dogged
