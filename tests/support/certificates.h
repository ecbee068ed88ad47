// Certificates for tests: an authority that signs what a test asks for, with OpenSSL.
#pragma once

#include <chrono>
#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace locus {

// PEM texts.
struct CertificateAndKey {
  std::string certificate;
  std::string key;
};

struct CertificateWishes {
  std::string common_name = "test";
  // As OpenSSL writes subjectAltName: "DNS:a.example,IP:127.0.0.1,URI:spiffe://x".
  std::string names = "DNS:localhost,IP:127.0.0.1";
  // Relative to now.
  std::chrono::seconds begins = std::chrono::hours(-1);
  std::chrono::seconds ends = std::chrono::hours(24);
};

// EC keys on P-256. Throws when OpenSSL fails. Not thread-safe.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test authority");
  const std::string& certificate() const { return own_.certificate; }
  CertificateAndKey Issue(const CertificateWishes& wishes = {});

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> x509_;
  CertificateAndKey own_;
  long serial_ = 1;
};

// A folder below TEST_TMPDIR that is this test's own; ends in no slash.
std::string FreshFolder(const std::string& name);

// Replaces the file as a whole.
void PutFile(const std::string& path, const std::string& text);

}  // namespace locus
