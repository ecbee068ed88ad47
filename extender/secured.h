// Certificates and tokens of an extender's ports and channels.
#pragma once

#include "absl/status/statusor.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/security.h"
#include "proto/config/v1/extender.pb.h"

namespace locus::extender {

struct Secured {
  HttpServerOptions http;
  // The operator's port.
  HttpServerOptions admin;
  ChannelSecurity to_metadata;
  ChannelSecurity to_workers;
};

// The configured options, with what `security` adds; it must outlive the servers and channels made of them. Errors name
// field and file.
absl::StatusOr<Secured> Secure(const config::v1::Extender& config, Security& security);

}  // namespace locus::extender
