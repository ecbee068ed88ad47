#include "tests/support/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace locus {
namespace {

void Check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

using KeyPointer = std::shared_ptr<evp_pkey_st>;
using CertificatePointer = std::shared_ptr<x509_st>;

KeyPointer MakeKey() {
  KeyPointer key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Check(key != nullptr, "no key");
  return key;
}

template <typename Write>
std::string ToPem(const Write& write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  const bool ok = write(bio) == 1;
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  Check(ok, "cannot write PEM");
  return text;
}

CertificateAndKey PemOf(const CertificatePointer& certificate, const KeyPointer& key) {
  return {ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }), ToPem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

CertificatePointer Blank(const CertificateWishes& wishes, EVP_PKEY* key, long serial) {
  CertificatePointer certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wishes.begins.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wishes.ends.count());
  X509_set_pubkey(certificate.get(), key);
  const auto* const name = reinterpret_cast<const unsigned char*>(wishes.common_name.c_str());
  Check(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1,
        "no name");
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name) : key_(MakeKey()) {
  CertificateWishes wishes;
  wishes.common_name = name;
  wishes.begins = -std::chrono::hours(24 * 365);
  wishes.ends = std::chrono::hours(24 * 365);
  x509_ = Blank(wishes, key_.get(), serial_++);
  X509_set_issuer_name(x509_.get(), X509_get_subject_name(x509_.get()));
  AddExtension(x509_.get(), x509_.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(x509_.get(), x509_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  Check(X509_sign(x509_.get(), key_.get(), EVP_sha256()) > 0, "cannot sign");
  own_ = PemOf(x509_, key_);
}

CertificateAndKey TestAuthority::Issue(const CertificateWishes& wishes) {
  const KeyPointer key = MakeKey();
  const CertificatePointer certificate = Blank(wishes, key.get(), serial_++);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(x509_.get()));
  AddExtension(certificate.get(), x509_.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(certificate.get(), x509_.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  if (!wishes.names.empty()) AddExtension(certificate.get(), x509_.get(), NID_subject_alt_name, wishes.names);
  Check(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "cannot sign");
  return PemOf(certificate, key);
}

std::string FreshFolder(const std::string& name) {
  static std::atomic<int> number{0};
  const char* const base = std::getenv("TEST_TMPDIR");
  const std::string path = std::string(base != nullptr ? base : "/tmp") + "/" + name + "-" +
                           std::to_string(::getpid()) + "-" + std::to_string(number++);
  std::filesystem::create_directories(path);
  return path;
}

void PutFile(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new", std::ios::binary) << text;
  std::filesystem::rename(path + ".new", path);
}

}  // namespace locus
