// What of locus-meta's security is made from its configuration: the two ports, and how workers prove their nodes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_meta/config.h"
#include "alluxio_meta/workers/worker_verifier.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/security.h"

namespace locus::meta {

// Must outlive the servers.
class SecuritySide {
 public:
  // NOT_FOUND, INVALID_ARGUMENT name field and file. What is passed must outlive it. `kube_host`, `kube_port`:
  // KUBERNETES_SERVICE_HOST and _PORT.
  static absl::StatusOr<std::unique_ptr<SecuritySide>> Create(const MetaConfig& config, const std::string& kube_host,
                                                              const std::string& kube_port, const Clock& clock,
                                                              Metrics& metrics);

  // The configured options of both servers, with certificates and rules.
  const GrpcServerOptions& grpc() const { return grpc_; }
  const HttpServerOptions& admin() const { return admin_; }
  WorkerVerifier& verifier() { return *verifier_; }

 private:
  SecuritySide(const MetaConfig& config, const Clock& clock, Metrics& metrics)
      : security_(clock, metrics), grpc_(config.grpc), admin_(config.admin) {}

  Security security_;
  GrpcServerOptions grpc_;
  HttpServerOptions admin_;
  std::unique_ptr<WorkerVerifier> verifier_;
};

}  // namespace locus::meta
