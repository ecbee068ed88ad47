#include "alluxio_meta/security_side.h"

#include <set>

#include "common/status.h"
#include "kube/credentials.h"
#include "kube/http_token_reviewer.h"

namespace locus::meta {
namespace {

constexpr const char* kReport = "/locus.v1.WorkerService/Report";

}  // namespace

absl::StatusOr<std::unique_ptr<SecuritySide>> SecuritySide::Create(const MetaConfig& config,
                                                                   const std::string& kube_host,
                                                                   const std::string& kube_port, const Clock& clock,
                                                                   Metrics& metrics) {
  std::unique_ptr<SecuritySide> side(new SecuritySide(config, clock, metrics));
  std::unique_ptr<kube::TokenReviewer> reviewer;
  if (config.identity.token) {
    if (config.in_cluster && kube_host.empty()) {
      return InvalidArgument(
          "nodes.kubernetes.in_cluster: KUBERNETES_SERVICE_HOST is not set, so this is no pod: set "
          "nodes.kubernetes.kubeconfig");
    }
    kube::HttpTokenReviewerOptions options;
    options.user_agent = "locus-meta";
    options.call_timeout = config.kube_call_timeout;
    reviewer = std::make_unique<kube::HttpTokenReviewer>(config.in_cluster
                                                             ? kube::Credentials::InCluster(kube_host, kube_port)
                                                             : kube::Credentials::FromKubeconfig(config.kubeconfig),
                                                         std::move(options));
  }
  side->verifier_ = std::make_unique<WorkerVerifier>(config.identity, std::move(reviewer), clock, metrics);
  std::set<std::string, std::less<>> own_rule;
  if (side->verifier_->asks()) own_rule.insert(kReport);
  LOCUS_RETURN_IF_ERROR(
      side->security_.SecureGrpc("listen", config.grpc_listen, config.access, std::move(own_rule), &side->grpc_));
  LOCUS_RETURN_IF_ERROR(side->security_.SecureHttp("admin", config.admin_listen, config.access, &side->admin_));
  return side;
}

}  // namespace locus::meta
