// SPDX-License-Identifier: MIT
#pragma once

#include "http/body_collector.h"

#include <memory>

namespace dogged {

// gzip (RFC 1952, several members too). `deflate` (RFC 1950; raw RFC 1951 as some servers send it).
// br (RFC 7932). Bytes behind the end of a stream are broken. Throw std::bad_alloc only.
std::unique_ptr<ContentDecoder> make_gzip_decoder();
std::unique_ptr<ContentDecoder> make_deflate_decoder();
std::unique_ptr<ContentDecoder> make_brotli_decoder();

}  // namespace dogged
