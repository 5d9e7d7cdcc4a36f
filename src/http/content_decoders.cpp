// SPDX-License-Identifier: MIT
#include "http/content_decoders.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <array>
#include <new>

namespace dogged {

namespace {

constexpr std::size_t kStepBytes = 16 << 10;

using Status = ContentDecoder::Status;

Status append(std::string& out, const unsigned char* bytes, std::size_t n, std::size_t max_bytes) {
  if (n > max_bytes - out.size()) {
    return Status::too_large;
  }
  out.append(reinterpret_cast<const char*>(bytes), n);
  return Status::ok;
}

class InflateDecoder final : public ContentDecoder {
 public:
  enum class Form { gzip, deflate };

  explicit InflateDecoder(Form form) : form_(form) {
    if (inflateInit2(&stream_, kGzipBits) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~InflateDecoder() override { (void)inflateEnd(&stream_); }
  InflateDecoder(const InflateDecoder&) = delete;
  InflateDecoder& operator=(const InflateDecoder&) = delete;

  Status decode(std::string_view bytes, std::string& out, std::size_t max_bytes) override {
    if (bytes.empty()) {
      return Status::ok;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    if (!begun_ && form_ == Form::deflate) {
      begin_deflate(static_cast<unsigned char>(bytes[0]));
    }
    begun_ = true;
    std::array<unsigned char, kStepBytes> step;
    do {
      if (ended_ && !begin_next_member()) {
        return Status::broken;
      }
      stream_.next_out = step.data();
      stream_.avail_out = kStepBytes;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      // What came before a fault counts first, as it does where it arrives alone.
      const Status status = append(out, step.data(), kStepBytes - stream_.avail_out, max_bytes);
      if (status != Status::ok) {
        return status;
      }
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Status::broken;
      }
      ended_ = result == Z_STREAM_END;
    } while (stream_.avail_in > 0 || (stream_.avail_out == 0 && !ended_));
    return Status::ok;
  }

  bool ended() const override { return ended_; }

 private:
  static constexpr int kGzipBits = 15 + 16;

  // "deflate" means the zlib format, whose first byte is a method 8 with a window up to 32 KB; some
  // servers send the bare stream.
  void begin_deflate(unsigned char first) {
    const bool zlib = (first & 0x0f) == Z_DEFLATED && (first >> 4) <= 7;
    (void)inflateReset2(&stream_, zlib ? 15 : -15);  // cannot fail with these arguments
  }

  // gzip files may be several, one behind another.
  bool begin_next_member() {
    ended_ = false;
    return form_ == Form::gzip && inflateReset(&stream_) == Z_OK;
  }

  const Form form_;
  z_stream stream_{};
  bool begun_ = false;
  bool ended_ = false;
};

class BrotliDecoder final : public ContentDecoder {
 public:
  BrotliDecoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (state_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }
  BrotliDecoder(const BrotliDecoder&) = delete;
  BrotliDecoder& operator=(const BrotliDecoder&) = delete;

  Status decode(std::string_view bytes, std::string& out, std::size_t max_bytes) override {
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t in_left = bytes.size();
    if (ended_ && in_left > 0) {
      return Status::broken;
    }
    std::array<unsigned char, kStepBytes> step;
    while (!ended_) {
      std::uint8_t* next_out = step.data();
      std::size_t out_left = kStepBytes;
      const BrotliDecoderResult result =
          BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
      const Status status = append(out, step.data(), kStepBytes - out_left, max_bytes);
      if (status != Status::ok) {
        return status;
      }
      if (result == BROTLI_DECODER_RESULT_ERROR) {
        return Status::broken;
      }
      ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
      if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
        break;
      }
    }
    return in_left > 0 ? Status::broken : Status::ok;
  }

  bool ended() const override { return ended_; }

 private:
  BrotliDecoderState* state_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ContentDecoder> make_gzip_decoder() {
  return std::make_unique<InflateDecoder>(InflateDecoder::Form::gzip);
}

std::unique_ptr<ContentDecoder> make_deflate_decoder() {
  return std::make_unique<InflateDecoder>(InflateDecoder::Form::deflate);
}

std::unique_ptr<ContentDecoder> make_brotli_decoder() {
  return std::make_unique<BrotliDecoder>();
}

}  // namespace dogged
