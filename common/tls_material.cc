#include "common/tls_material.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "common/status.h"

namespace locus {
namespace {

// Bundles of all public authorities have about 250 KiB.
constexpr size_t kMaxPemBytes = 1 << 20;
// A chain of certificates has three or four.
constexpr size_t kMaxChain = 16;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* what) const {
    kFree(what);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Bio Over(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// OpenSSL would ask on the terminal.
int NoPassword(char*, int, int, void*) { return 0; }

// All certificates of a text; what else is in it is passed over. Empty: none, or one that cannot be read.
std::vector<Certificate> CertificatesOf(const std::string& pem) {
  std::vector<Certificate> all;
  const Bio bio = Over(pem);
  ERR_clear_error();
  while (Certificate one{PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)}) all.push_back(std::move(one));
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) all.clear();
  return all;
}

std::optional<WallTime> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return std::chrono::time_point_cast<WallTime::duration>(WallTime(std::chrono::seconds(::timegm(&parts))));
}

absl::Status CheckChain(const TlsPaths& paths, TlsMaterial& material) {
  const std::vector<Certificate> chain = CertificatesOf(material.certificate);
  if (chain.empty()) {
    return InvalidArgument(paths.certificate + ": no certificate in PEM (-----BEGIN CERTIFICATE-----) can be read");
  }
  if (chain.size() > kMaxChain) {
    return InvalidArgument(paths.certificate + ": " + std::to_string(chain.size()) +
                           " certificates: write the own one, and those that lead to the authority");
  }
  for (const Certificate& one : chain) {
    const auto begins = TimeOf(X509_get0_notBefore(one.get()));
    const auto ends = TimeOf(X509_get0_notAfter(one.get()));
    if (!begins || !ends) return InvalidArgument(paths.certificate + ": a certificate's dates cannot be read");
    material.begins = std::max(material.begins.value_or(*begins), *begins);
    material.ends = std::min(material.ends.value_or(*ends), *ends);
  }
  const Bio bio = Over(material.key);
  const Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr)};
  ERR_clear_error();
  if (key == nullptr) return InvalidArgument(paths.key + ": no private key in PEM without a password can be read");
  const bool fits = X509_check_private_key(chain.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return InvalidArgument(paths.key + ": is not the key of the first certificate in " + paths.certificate +
                           ": replace both at once");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const std::string text = "cannot open " + path + ": " + std::strerror(errno);
    return errno == ENOENT ? NotFound(text) : Unavailable(text);
  }
  std::string text(max_bytes + 1, '\0');
  size_t have = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd, text.data() + have, text.size() - have);
    if (got > 0) have += static_cast<size_t>(got);
  } while ((got > 0 && have < text.size()) || (got < 0 && errno == EINTR));
  const int error = errno;
  ::close(fd);
  if (got < 0) return Unavailable("cannot read " + path + ": " + std::strerror(error));
  if (have > max_bytes) return InvalidArgument(path + ": is longer than " + std::to_string(max_bytes) + " bytes");
  text.resize(have);
  return text;
}

absl::StatusOr<TlsMaterial> ReadTlsMaterial(const TlsPaths& paths) {
  TlsMaterial material;
  if (!paths.certificate.empty()) {
    LOCUS_ASSIGN_OR_RETURN(material.certificate, ReadSmallFile(paths.certificate, kMaxPemBytes));
    LOCUS_ASSIGN_OR_RETURN(material.key, ReadSmallFile(paths.key, kMaxPemBytes));
    LOCUS_RETURN_IF_ERROR(CheckChain(paths, material));
  }
  if (!paths.authorities.empty()) {
    LOCUS_ASSIGN_OR_RETURN(material.authorities, ReadSmallFile(paths.authorities, kMaxPemBytes));
    if (CertificatesOf(material.authorities).empty()) {
      return InvalidArgument(paths.authorities + ": no certificate in PEM (-----BEGIN CERTIFICATE-----) can be read");
    }
  }
  return material;
}

}  // namespace locus
