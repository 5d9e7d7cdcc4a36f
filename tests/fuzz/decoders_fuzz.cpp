// SPDX-License-Identifier: MIT
// Compressed bodies that a server made up.
#include "http/content_decoders.h"
#include "tests/fuzz/fuzz.h"

#include <memory>

namespace dogged::fuzz {
namespace {

using Status = ContentDecoder::Status;

struct Decoded {
  Status status = Status::ok;
  bool ended = false;
  std::string text;
};

std::unique_ptr<ContentDecoder> make(int coding) {
  switch (coding) {
    case 0:
      return make_gzip_decoder();
    case 1:
      return make_deflate_decoder();
    default:
      return make_brotli_decoder();
  }
}

Decoded decode(std::string_view bytes, int coding, std::size_t most, std::uint64_t cut) {
  const auto decoder = make(coding);
  Decoded out;
  in_pieces(bytes, cut, cut == 0 ? bytes.size() : 50, [&](std::string_view piece) {
    if (out.status == Status::ok) {
      out.status = decoder->decode(piece, out.text, most);
    }
  });
  out.ended = decoder->ended();
  return out;
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  const int coding = parts.byte() % 3;
  const std::uint8_t cut = parts.byte();
  const std::uint8_t bound = parts.byte();
  const std::size_t most = bound < 128 ? std::size_t{1} << 20U : bound;
  const std::string_view bytes = parts.rest();
  const Decoded whole = decode(bytes, coding, most, 0);
  const Decoded pieces = decode(bytes, coding, most, cut + 1U);
  require(whole.text.size() <= most, "a body keeps to its bound");
  require(whole.status == pieces.status, "bytes in pieces decode with the same outcome", bytes);
  if (whole.status == Status::ok) {
    require(whole.ended == pieces.ended && whole.text == pieces.text,
            "bytes in pieces decode to the same body", bytes);
  }
}

}  // namespace dogged::fuzz
