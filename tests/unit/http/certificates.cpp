// SPDX-License-Identifier: MIT
#include "certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace dogged::test {

namespace {

void require(bool ok, const char* what) {
  if (!ok) {
    throw std::runtime_error(std::string("OpenSSL: ") + what);
  }
}

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

Certificate blank(EVP_PKEY* key, const char* common_name, const CertificateFor& wanted) {
  Certificate certificate(X509_new());
  require(certificate != nullptr, "X509_new");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1 + std::rand());  // NOLINT
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wanted.not_before.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wanted.not_after.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  return certificate;
}

void sign_with(X509* certificate, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  require(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr, "EVP_EC_gen");
  return key;
}

}  // namespace

Authority::Authority() : key_(make_key()) {
  certificate_ =
      blank(key_.get(), ("test CA " + std::to_string(std::rand())).c_str(), {});  // NOLINT
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate_.get(), certificate_.get(), NID_subject_key_identifier, "hash");
  sign_with(certificate_.get(), certificate_.get(), key_.get());
  std::string path = "/tmp/dogged-test-ca-XXXXXX";
  const int fd = mkstemp(path.data());
  require(fd >= 0, "mkstemp");
  std::FILE* file = fdopen(fd, "w");
  require(PEM_write_X509(file, certificate_.get()) == 1, "PEM_write_X509");
  require(std::fclose(file) == 0, "fclose");
  file_ = path;
}

Authority::~Authority() {
  unlink(file_.c_str());
}

Certificate Authority::sign(const CertificateFor& wanted, EVP_PKEY* key) const {
  Certificate certificate = blank(key, "server", wanted);
  X509* issuer = wanted.self_signed ? certificate.get() : certificate_.get();
  add_extension(certificate.get(), issuer, NID_subject_alt_name, wanted.names.c_str());
  sign_with(certificate.get(), issuer, wanted.self_signed ? key : key_.get());
  return certificate;
}

ServerContext::ServerContext(const Authority& authority, const CertificateFor& wanted)
    : key_(make_key()),
      certificate_(authority.sign(wanted, key_.get())),
      context_(SSL_CTX_new(TLS_server_method())) {
  require(SSL_CTX_use_certificate(context_.get(), certificate_.get()) == 1, "certificate");
  require(SSL_CTX_use_PrivateKey(context_.get(), key_.get()) == 1, "private key");
}

}  // namespace dogged::test
