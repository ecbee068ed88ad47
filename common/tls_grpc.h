// TLS for gRPC, whose certificates follow the files.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/access.h"
#include "common/tls_files.h"
#include "common/token_file.h"

namespace locus {

// For a server: connections that begin are made with what is in use then; those that stand are not touched. Asks for
// the peer's certificate where `files` has authorities; one that is shown must be valid. Each call is then put to
// `access`. UNAVAILABLE: no memory file can be made. gRPC sees a change within two seconds.
//
// Both: `files` and the rest must outlive servers and channels, which gRPC ends in its own time: make them first in
// main.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsOf(TlsFiles& files,
                                                                             std::shared_ptr<const Access> access);

// For a client: trusts the authorities of `files`, or the machine's own where it has none; shows its certificate where
// it has one, and `token` with each call unless null.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsOf(TlsFiles& files,
                                                                               std::shared_ptr<const TokenFile> token);

}  // namespace locus
