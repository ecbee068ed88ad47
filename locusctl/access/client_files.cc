#include "locusctl/access/client_files.h"

#include <utility>
#include <vector>

#include "common/status.h"
#include "common/tls_grpc.h"
#include "common/tls_material.h"
#include "common/token_file.h"

namespace locus::ctl {
namespace {

// That of common/token_file.h.
constexpr size_t kMaxTokenFile = 64 * 4098;

}  // namespace

absl::StatusOr<ClientSecurity> ReadClientFiles(const ClientFiles& files) {
  ClientSecurity security;
  if (!files.any()) return security;
  if (files.certificate.empty() != files.key.empty()) return InvalidArgument("--cert and --key: give both or none");
  LOCUS_ASSIGN_OR_RETURN(const TlsMaterial material, ReadTlsMaterial({files.certificate, files.key, files.ca}));
  if (!files.token_file.empty()) {
    LOCUS_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(files.token_file, kMaxTokenFile));
    absl::StatusOr<std::vector<std::string>> tokens = ParseTokens(text);
    if (!tokens.ok()) return Annotate(tokens.status(), files.token_file);
    security.token = std::move(tokens->front());
  }
  security.channel = {FixedChannelCredentials(material, security.token), files.server_name};
  return security;
}

}  // namespace locus::ctl
