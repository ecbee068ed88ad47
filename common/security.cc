#include "common/security.h"

#include <utility>

#include "common/grpc_log.h"
#include "common/status.h"
#include "common/tls_grpc.h"

namespace locus {
namespace {

void Add(std::string* problems, const std::string& text) { *problems += (problems->empty() ? "" : "\n") + text; }

void CheckPair(const std::string& field, const std::string& certificate, const std::string& key,
               std::string* problems) {
  if (certificate.empty() == key.empty()) return;
  Add(problems,
      field + (key.empty() ? ".key_file: is required with cert_file" : ".cert_file: is required with key_file"));
}

}  // namespace

std::string ListenProblems(const std::string& field, const config::v1::Listen& listen) {
  std::string problems;
  const config::v1::ServerTls& tls = listen.tls();
  CheckPair(field + ".tls", tls.cert_file(), tls.key_file(), &problems);
  if (tls.cert_file().empty() && !tls.client_ca_file().empty()) {
    Add(&problems, field + ".tls.client_ca_file: has no effect without cert_file and key_file");
  }
  return problems;
}

std::string ClientTlsProblems(const std::string& field, const config::v1::ClientTls& tls) {
  std::string problems;
  CheckPair(field, tls.cert_file(), tls.key_file(), &problems);
  const bool filled = !tls.ca_file().empty() || !tls.cert_file().empty() || !tls.key_file().empty() ||
                      !tls.server_name().empty() || !tls.token_file().empty();
  if (!tls.enabled() && filled) Add(&problems, field + ".enabled: is false, so that the rest has no effect: set true");
  return problems;
}

ConnectionLimits ToLimits(const config::v1::Limits& limits) {
  ConnectionLimits result;
  result.connections = limits.connections();
  result.per_address = limits.connections_per_address();
  return result;
}

std::string PlainListenProblems(const std::string& field, const config::v1::Listen& listen) {
  const config::v1::ServerTls& tls = listen.tls();
  if (tls.cert_file().empty() && tls.key_file().empty() && tls.client_ca_file().empty()) return "";
  return field + ".tls: this port speaks plaintext alone: keep others away from it (docs/security.md)";
}

std::string AccessProblems(const config::v1::Access& access,
                           const std::vector<std::pair<std::string, const config::v1::Listen*>>& listens) {
  std::string problems;
  if (access.token_file().empty()) return problems;
  for (const auto& [field, listen] : listens) {
    if (!listen->tls().cert_file().empty()) continue;
    Add(&problems, "access.token_file: needs " + field + ".tls.cert_file: tokens do not travel in plaintext");
  }
  return problems;
}

Security::Security(const Clock& clock, Metrics& metrics) : clock_(clock), metrics_(metrics) { TakeGrpcLog(metrics); }

absl::StatusOr<std::shared_ptr<TlsFiles>> Security::OpenTls(const std::string& use, TlsPaths paths) {
  absl::StatusOr<std::shared_ptr<TlsFiles>> files = TlsFiles::Open(use, std::move(paths), clock_, metrics_);
  if (!files.ok()) return Annotate(files.status(), "TLS of " + use);
  keeper_.Add([files = *files] { files->Look(); });
  return files;
}

absl::StatusOr<std::shared_ptr<TokenFile>> Security::OpenTokens(const std::string& use, const std::string& path) {
  if (path.empty()) return std::shared_ptr<TokenFile>();
  absl::StatusOr<std::shared_ptr<TokenFile>> tokens = TokenFile::Open(use, path, metrics_);
  if (!tokens.ok()) return Annotate(tokens.status(), "tokens of " + use);
  keeper_.Add([tokens = *tokens] { tokens->Look(); });
  return tokens;
}

absl::StatusOr<std::shared_ptr<const Access>> Security::MakeAccess(const std::string& use,
                                                                   const config::v1::Listen& listen,
                                                                   const config::v1::Access& access,
                                                                   std::set<std::string, std::less<>> own_rule) {
  AccessOptions options;
  options.use = use;
  options.certificates = !listen.tls().client_ca_file().empty();
  LOCUS_ASSIGN_OR_RETURN(options.tokens, OpenTokens(use, access.token_file()));
  options.own_rule = std::move(own_rule);
  return std::make_shared<const Access>(std::move(options), metrics_);
}

absl::Status Security::SecureHttp(const std::string& use, const config::v1::Listen& listen,
                                  const config::v1::Access& access, HttpServerOptions* options) {
  const config::v1::ServerTls& tls = listen.tls();
  if (tls.cert_file().empty()) return absl::OkStatus();
  LOCUS_ASSIGN_OR_RETURN(options->tls, OpenTls(use, {tls.cert_file(), tls.key_file(), tls.client_ca_file()}));
  LOCUS_ASSIGN_OR_RETURN(std::shared_ptr<const Access> rule, MakeAccess(use, listen, access, {}));
  options->guard = GuardOf(std::move(rule));
  return absl::OkStatus();
}

absl::Status Security::SecureGrpc(const std::string& use, const config::v1::Listen& listen,
                                  const config::v1::Access& access, std::set<std::string, std::less<>> own_rule,
                                  GrpcServerOptions* options) {
  const config::v1::ServerTls& tls = listen.tls();
  if (tls.cert_file().empty()) return absl::OkStatus();
  LOCUS_ASSIGN_OR_RETURN(const std::shared_ptr<TlsFiles> files,
                         OpenTls(use, {tls.cert_file(), tls.key_file(), tls.client_ca_file()}));
  LOCUS_ASSIGN_OR_RETURN(std::shared_ptr<const Access> rule, MakeAccess(use, listen, access, std::move(own_rule)));
  LOCUS_ASSIGN_OR_RETURN(options->credentials, ServerCredentialsOf(*files, std::move(rule)));
  return absl::OkStatus();
}

absl::StatusOr<ChannelSecurity> Security::ForChannel(const std::string& use, const config::v1::ClientTls& tls) {
  if (!tls.enabled()) return ChannelSecurity();
  LOCUS_ASSIGN_OR_RETURN(const std::shared_ptr<TlsFiles> files,
                         OpenTls(use, {tls.cert_file(), tls.key_file(), tls.ca_file()}));
  LOCUS_ASSIGN_OR_RETURN(std::shared_ptr<const TokenFile> token, OpenTokens(use, tls.token_file()));
  ChannelSecurity security;
  LOCUS_ASSIGN_OR_RETURN(security.credentials, ChannelCredentialsOf(*files, std::move(token)));
  security.server_name = tls.server_name();
  return security;
}

}  // namespace locus
