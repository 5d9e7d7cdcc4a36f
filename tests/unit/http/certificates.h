// SPDX-License-Identifier: MIT
// Certificates made for one test.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>

namespace dogged::test {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

struct CertificateFor {
  std::string names = "DNS:localhost,IP:127.0.0.1";
  std::chrono::seconds not_before{-3600};  // from now
  std::chrono::seconds not_after{3600};
  bool self_signed = false;
};

// A certificate authority, its certificate in a file of its own until it is destroyed.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& file() const { return file_; }
  Certificate sign(const CertificateFor& wanted, EVP_PKEY* key) const;

 private:
  Key key_;
  Certificate certificate_;
  std::string file_;
};

// What a server needs for TLS.
class ServerContext {
 public:
  ServerContext(const Authority& authority, const CertificateFor& wanted);
  SSL_CTX* get() const { return context_.get(); }

 private:
  Key key_;
  Certificate certificate_;
  std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>> context_;
};

}  // namespace dogged::test
