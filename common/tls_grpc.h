// TLS for gRPC, whose certificates follow the files.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "common/access.h"
#include "common/tls_files.h"
#include "common/tls_material.h"
#include "common/token_file.h"

namespace locus {

// For a server: connections that begin are made with what is in use then; those that stand are not touched. Asks for
// the peer's certificate where `files` has authorities; one that is shown must be valid. Each call is then put to
// `access`. UNAVAILABLE: no memory file can be made. gRPC sees a change within two seconds.
//
// Both: `files` must live as long as its certificates are to be followed. Each call takes two descriptors for good:
// call them at the start of a process.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsOf(TlsFiles& files,
                                                                             std::shared_ptr<const Access> access);

// For a client: trusts the authorities of `files`, or the machine's own where it has none; shows its certificate where
// it has one, and `token` with each call unless null.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsOf(TlsFiles& files,
                                                                               std::shared_ptr<const TokenFile> token);

// The same for a program that is over soon: nothing is followed, no thread is started. `token`: empty for none.
std::shared_ptr<grpc::ChannelCredentials> FixedChannelCredentials(const TlsMaterial& material,
                                                                  const std::string& token);

}  // namespace locus
