#include "common/tls_grpc.h"

#include <fcntl.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "common/log.h"
#include "common/status.h"

namespace locus {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

// gRPC's shortest.
constexpr unsigned int kRefreshSeconds = 1;

// A text under a path that stays the same, in memory only. gRPC 1.51 follows files by itself, but takes whatever it
// finds there; here it finds only what TlsFiles has checked. A whole new file takes the place of the old one, so that
// no reader sees half of it.
//
// The descriptor is never given back: gRPC reads the path for as long as any of its connections lives, of which nobody
// is told the end, and the number would by then be that of another file. There are a few in a process.
class MemoryFile {
 public:
  static absl::StatusOr<std::shared_ptr<MemoryFile>> Create() {
    const int fd = ::memfd_create("locus-tls", MFD_CLOEXEC);
    if (fd < 0) return Unavailable(std::string("TLS: no memory file can be made: ") + std::strerror(errno));
    return std::shared_ptr<MemoryFile>(new MemoryFile(fd));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

  void Put(const std::string& text) const {
    const int fresh = ::memfd_create("locus-tls", MFD_CLOEXEC);
    size_t done = 0;
    while (fresh >= 0 && done < text.size()) {
      const ssize_t n = ::write(fresh, text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) break;
      if (n > 0) done += static_cast<size_t>(n);
    }
    const bool whole = fresh >= 0 && done == text.size();
    if (!whole || ::dup3(fresh, fd_, O_CLOEXEC) < 0) {
      LogError("cannot hand changed certificates to gRPC: the earlier ones stay in use",
               {{"problem", std::strerror(errno)}});
    }
    if (fresh >= 0) ::close(fresh);
  }

 private:
  explicit MemoryFile(int fd) : fd_(fd) {}
  const int fd_;
};

// Certificate and key in one file, so that they change together; each reader passes over what it does not look for.
absl::StatusOr<std::shared_ptr<FileWatcherCertificateProvider>> Follow(TlsFiles& files) {
  LOCUS_ASSIGN_OR_RETURN(const std::shared_ptr<MemoryFile> identity, MemoryFile::Create());
  LOCUS_ASSIGN_OR_RETURN(const std::shared_ptr<MemoryFile> authorities, MemoryFile::Create());
  files.OnChange([identity, authorities](const TlsMaterial& material) {
    identity->Put(material.certificate + "\n" + material.key);
    authorities->Put(material.authorities);
  });
  const bool has_identity = !files.paths().certificate.empty();
  const bool has_authorities = !files.paths().authorities.empty();
  if (!has_identity) return std::make_shared<FileWatcherCertificateProvider>(authorities->path(), kRefreshSeconds);
  return std::make_shared<FileWatcherCertificateProvider>(identity->path(), identity->path(),
                                                          has_authorities ? authorities->path() : "", kRefreshSeconds);
}

std::string_view ViewOf(grpc::string_ref text) { return {text.data(), text.size()}; }

// Puts each call to Access, before its service hears of it.
class CallGuard final : public grpc::AuthMetadataProcessor {
 public:
  explicit CallGuard(std::shared_ptr<const Access> access) : access_(std::move(access)) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto field = [&metadata](const char* name) {
      const auto found = metadata.find(name);
      return found == metadata.end() ? std::string_view() : ViewOf(found->second);
    };
    const std::string refusal =
        access_->RefusalOfCall(field(":path"), {context->IsPeerAuthenticated(), field("authorization")});
    if (refusal.empty()) return grpc::Status::OK;
    return {grpc::StatusCode::UNAUTHENTICATED, refusal};
  }

 private:
  const std::shared_ptr<const Access> access_;
};

// Shows the token as it is in the file at the time of each call.
class TokenShower final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenShower(std::shared_ptr<const TokenFile> token) : token_(std::move(token)) {}
  bool IsBlocking() const override { return false; }
  const char* GetType() const override { return "locus-token"; }
  grpc::string DebugString() override { return "a bearer token from a file"; }
  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    metadata->emplace("authorization", "Bearer " + token_->First());
    return grpc::Status::OK;
  }

 private:
  const std::shared_ptr<const TokenFile> token_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsOf(TlsFiles& files,
                                                                             std::shared_ptr<const Access> access) {
  LOCUS_ASSIGN_OR_RETURN(const auto provider, Follow(files));
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (!files.paths().authorities.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::experimental::TlsServerCredentials(options);
  if (credentials == nullptr) return Internal("TLS: gRPC makes no server credentials");
  credentials->SetAuthMetadataProcessor(std::make_shared<CallGuard>(std::move(access)));
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsOf(TlsFiles& files,
                                                                               std::shared_ptr<const TokenFile> token) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  const bool has_identity = !files.paths().certificate.empty();
  const bool has_authorities = !files.paths().authorities.empty();
  if (has_identity || has_authorities) {
    LOCUS_ASSIGN_OR_RETURN(const auto provider, Follow(files));
    options.set_certificate_provider(provider);
    if (has_authorities) options.watch_root_certs();
    if (has_identity) options.watch_identity_key_cert_pairs();
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::experimental::TlsCredentials(options);
  if (credentials == nullptr) return Internal("TLS: gRPC makes no channel credentials");
  if (token == nullptr) return credentials;
  return grpc::CompositeChannelCredentials(
      credentials, grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenShower>(std::move(token))));
}

std::shared_ptr<grpc::ChannelCredentials> FixedChannelCredentials(const TlsMaterial& material,
                                                                  const std::string& token) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = material.authorities;
  options.pem_cert_chain = material.certificate;
  options.pem_private_key = material.key;
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::SslCredentials(options);
  return token.empty() ? credentials
                       : grpc::CompositeChannelCredentials(credentials, grpc::AccessTokenCredentials(token));
}

}  // namespace locus
