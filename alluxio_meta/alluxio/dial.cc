#include "alluxio_meta/alluxio/dial.h"

#include <string>

#include "alluxio_meta/alluxio/small_file.h"
#include "common/status.h"

namespace locus::meta {
namespace {

// The bundle of all public authorities has 220 kB.
constexpr size_t kMaxCaBytes = 4 << 20;
// A dead peer is noticed within that time of a ping.
constexpr Duration kKeepaliveTimeout = std::chrono::seconds(10);

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
  return [options](const alluxio_wire::Endpoint& master) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
    LOCUS_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.tls));
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
    arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
    // Not shared with an earlier channel, which may wait out its own pause between attempts.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(ToMillis(options.keepalive).count()));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(ToMillis(kKeepaliveTimeout).count()));
    // The authenticate stream is a call: pings go on for as long as it is open, whatever else is quiet.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // What is one call here is one call at the master: the budget holds, and a new connection is a new handshake.
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    if (options.tls.enabled && !options.tls.server_name.empty()) {
      arguments.SetString(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options.tls.server_name);
    }
    return grpc::CreateCustomChannel(master.Text(), credentials, arguments);
  };
}

}  // namespace locus::meta
