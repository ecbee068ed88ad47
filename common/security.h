// Certificates, tokens and access rules of one process, from its configuration.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/access.h"
#include "common/clock.h"
#include "common/file_keeper.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "common/open_connections.h"
#include "common/tls_files.h"
#include "common/token_file.h"
#include "proto/config/v1/common.pb.h"

namespace locus {

// What is wrong with the fields together, a line each, with their paths; empty: nothing. `field` is the path of the
// message itself: "listen", "report.tls".
std::string ListenProblems(const std::string& field, const config::v1::Listen& listen);
std::string ClientTlsProblems(const std::string& field, const config::v1::ClientTls& tls);
ConnectionLimits ToLimits(const config::v1::Limits& limits);
// A port that speaks plaintext alone.
std::string PlainListenProblems(const std::string& field, const config::v1::Listen& listen);
// Tokens never travel in plaintext. `listens`: all ports that they open.
std::string AccessProblems(const config::v1::Access& access,
                           const std::vector<std::pair<std::string, const config::v1::Listen*>>& listens);

// Opens files, keeps what was made of them up to date until Stop, and must outlive the servers and channels that use
// it. Make everything before the servers start. Thread-safe.
//
// `use` names listener or client in metrics and log. Errors name field and file.
class Security {
 public:
  // `clock` and `metrics` must outlive it. Takes gRPC's log (grpc_log.h).
  Security(const Clock& clock, Metrics& metrics);
  ~Security() { Stop(); }
  Security(const Security&) = delete;
  Security& operator=(const Security&) = delete;

  // Fills in `tls` and `guard`.
  absl::Status SecureHttp(const std::string& use, const config::v1::Listen& listen, const config::v1::Access& access,
                          HttpServerOptions* options);
  // Fills in `credentials`. `own_rule`: methods that see to access themselves.
  absl::Status SecureGrpc(const std::string& use, const config::v1::Listen& listen, const config::v1::Access& access,
                          std::set<std::string, std::less<>> own_rule, GrpcServerOptions* options);
  absl::StatusOr<ChannelSecurity> ForChannel(const std::string& use, const config::v1::ClientTls& tls);

  // No file is looked at any more. Idempotent.
  void Stop() { keeper_.Stop(); }

 private:
  absl::StatusOr<std::shared_ptr<TlsFiles>> OpenTls(const std::string& use, TlsPaths paths);
  absl::StatusOr<std::shared_ptr<TokenFile>> OpenTokens(const std::string& use, const std::string& path);
  absl::StatusOr<std::shared_ptr<const Access>> MakeAccess(const std::string& use, const config::v1::Listen& listen,
                                                           const config::v1::Access& access,
                                                           std::set<std::string, std::less<>> own_rule);

  const Clock& clock_;
  Metrics& metrics_;
  FileKeeper keeper_;
};

}  // namespace locus
