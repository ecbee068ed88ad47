#include "alluxio_meta/alluxio/dial.h"

#include <string>

#include "alluxio_meta/alluxio/small_file.h"
#include "alluxio_wire/leadership.h"
#include "common/status.h"

namespace locus::meta {
namespace {

// The bundle of all public authorities has 220 kB.
constexpr size_t kMaxCaBytes = 4 << 20;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const MasterTls& tls) {
  if (!tls.enabled) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!tls.ca_file.empty()) {
    absl::StatusOr<std::string> pem = ReadSmallFile(tls.ca_file, kMaxCaBytes);
    if (!pem.ok()) return Annotate(pem.status(), "alluxio.tls.ca_file");
    if (pem->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
      return Unavailable("alluxio.tls.ca_file: " + tls.ca_file + " has no PEM certificate in it");
    }
    options.pem_root_certs = std::move(*pem);
  }
  return grpc::SslCredentials(options);
}

}  // namespace

Dial DialWith(const MasterOptions& options) {
  return [options](const Endpoint& master) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
    LOCUS_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.tls));
    grpc::ChannelArguments arguments =
        alluxio_wire::MasterChannelArguments(options.max_message_bytes, options.max_metadata_bytes, options.keepalive);
    if (options.tls.enabled && !options.tls.server_name.empty()) {
      arguments.SetString(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options.tls.server_name);
    }
    return grpc::CreateCustomChannel(master.Text(), credentials, arguments);
  };
}

}  // namespace locus::meta
