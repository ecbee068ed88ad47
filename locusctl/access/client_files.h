// The certificates and the token with which locusctl calls servers (docs/security.md).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/grpc_server.h"

namespace locus::ctl {

// As flags or environment name them; empty: not set.
struct ClientFiles {
  std::string ca;           // --ca, LOCUS_CA: PEM of the authorities to trust; else the machine's own
  std::string certificate;  // --cert, LOCUS_CERT
  std::string key;          // --key, LOCUS_KEY
  std::string server_name;  // --server-name, LOCUS_SERVER_NAME: in gRPC servers' certificates
  std::string token_file;   // --token-file, LOCUS_TOKEN_FILE: the first one in it is shown

  // One of them is enough: calls to gRPC servers are then made by TLS.
  bool any() const {
    return !ca.empty() || !certificate.empty() || !key.empty() || !server_name.empty() || !token_file.empty();
  }
};

// What was read from them.
struct ClientSecurity {
  // Plaintext where nothing is set.
  ChannelSecurity channel;
  // Bearer token; empty: none.
  std::string token;
};

// INVALID_ARGUMENT, NOT_FOUND and UNAVAILABLE name flag or file.
absl::StatusOr<ClientSecurity> ReadClientFiles(const ClientFiles& files);

}  // namespace locus::ctl
